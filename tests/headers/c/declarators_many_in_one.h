int one, *two, three[3], four(void), (*five)(int), **six(char);
extern unsigned ua, *ub, uc[2];
typedef struct multi { int v; } multi_t, *multi_p, multi_a[2], (*multi_f)(struct multi *);
struct several { int a, *b, c[2], (*d)(void), e : 3, f : 5; };
