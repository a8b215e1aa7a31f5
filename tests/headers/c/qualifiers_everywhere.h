struct q {
    const int a;
    volatile int b;
    const volatile int c;
    const char *d;
    char *const e;
    const char *const *const f;
    int *restrict g;
    const int h[3];
    const struct q *volatile next;
};
typedef const int cint;
typedef cint *pcint;
extern const volatile unsigned status;
