#define N_EMPTY
#define N_TYPE unsigned long
#define N_KEYWORD static inline
#define N_FUNCTION(a, b) ((a) < (b) ? (a) : (b))
#define N_VARIADIC(...) f(__VA_ARGS__)
#define N_CALL f(1)
#define N_BLOCK do { } while (0)
#define N_UNDEFINED_NAME not_declared_anywhere
#define N_LIST { 1, 2, 3 }
int f(int x);
