#define renamed actual_name
int renamed(int x);
struct renamed { int y; };
#define PREFIX(x) lib_##x
int PREFIX(start)(void);
typedef struct PREFIX(state) PREFIX(state_t);
