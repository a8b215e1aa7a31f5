struct holder {
    struct { int a; char b; } first;
    struct { short c; } second[3];
    union { int i; float f; } *third;
    enum { H_ONE = 1, H_TWO } fourth;
    struct { struct { struct { int deep; } z; } y; } x;
};
