enum { U_ONE = 1, U_TWO = 2 };
enum { U_THREE = 3 };
struct s { enum { IN_S = 7 } e; };
int f(int x);
