struct __attribute__((packed)) outer {
    char c;
    struct { char a; int b; } loose;
    struct __attribute__((packed)) { char a; int b; } tight;
    int i;
};
