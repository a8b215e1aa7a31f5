_Static_assert(sizeof(int) == 4, "int has four bytes");
struct asserted { int a; _Static_assert(1, "inside"); int b; };
int after_assert(void);
