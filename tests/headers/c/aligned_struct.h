struct __attribute__((aligned(16))) sixteen { int a; };
struct holds { char c; struct sixteen s; };
struct __attribute__((aligned(64))) line { char data[40]; };
_Alignas(32) extern int aligned_variable;
