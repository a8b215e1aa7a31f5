#define TWICE 1
#undef TWICE
#define TWICE 2
#define GONE 3
#undef GONE
#define SAME 4
#define SAME 4
int keep(void);
