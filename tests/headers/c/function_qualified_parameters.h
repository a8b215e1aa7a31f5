void quals(const int a, volatile int b, int *const c, const int *const d, int *restrict e, const volatile char *f);
const int returns_const(void);
const char *const returns_const_pointer(void);
volatile int *returns_volatile(void);
