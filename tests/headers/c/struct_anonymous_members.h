struct variant {
    int kind;
    union { int i; double d; struct { short lo, hi; }; };
    struct { char tail; };
};
union top { struct { int a, b; }; long long whole; struct { char c[8]; }; };
