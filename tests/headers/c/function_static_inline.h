static inline int twice(int x) { return 2 * x; }
static int thrice(int x) { return 3 * x; }
inline int four_times(int x) { return 4 * x; }
extern inline int five_times(int x) { return 5 * x; }
int external(int x);
