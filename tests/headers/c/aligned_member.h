struct members { char a; int b __attribute__((aligned(16))); char c; _Alignas(8) char d; };
struct eight { char a; char b __attribute__((aligned(8))); };
