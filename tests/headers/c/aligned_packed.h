struct __attribute__((packed, aligned(4))) both { char a; int b; short c; };
struct __attribute__((packed, aligned(2))) two { char a; double b; };
struct arr { char c; struct both b[2]; };
