extern int counted[sizeof(long) * 4];
struct by_expr { char a[1 << 4]; char b['a']; char c[(3 > 2) ? 7 : 9]; char d[sizeof(struct { int x; char y; })]; };
