struct { int a, b; } global;
extern struct { char c; } elsewhere;
union { int i; float f; } mixed[2];
enum { LOOSE_A = 5, LOOSE_B } loose;
