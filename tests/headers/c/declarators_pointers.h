int *p1(void);
int **p2(int ***deep);
const char *const *p3(const char *const names[]);
int (*p4(void))[3];
int (*(*p5(int n))[2])[3];
char *(*p6[4])(void);
extern char *(*p6[4])(void);
