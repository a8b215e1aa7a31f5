struct pair { int a; double b; };
struct pair make_pair(int a, double b);
double sum_pair(struct pair p);
struct pair (*make)(int, double);
struct pair *pairs(struct pair in[], int n);
