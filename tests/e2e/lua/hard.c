#include "hard.h"
int counter = 3; const char *const words[] = {"one","two"}; struct natural global_natural = {1,2,3,4,5,0};
int add_points(point a, point b){return a.x+a.y+b.x+b.y;} point make_point(int x,int y){point p={x,y};return p;}
struct natural pass_natural(struct natural n){n.a++;n.b++;n.c++;n.d++;n.e++;return n;}
int sum_bits(struct bits b){return b.a+b.b+b.c+b.d+b.e;}
int add_one(int a){return a+1;} float _Complex conj_of(float _Complex z){return ~z;}
int with_va(const char*f,va_list ap){return 0;} void pointers_are_fine(long double*a,__int128*b,struct longdouble*c,va_list*d){}
int bool_first(bool b,size_t s,point p){return b+s+p.x;} int __int8_(int a){return a;} void takes_fn(plain_function f,callback g,ld_t(*h)(i128_t)){}
int vari(int n,...){return n;} int old_style(){return 9;} unsigned long long large(void){return ~0ull;} __int128 nor_this(__int128*p){return*p;}
int on_stack(int a, struct fieldalign f, struct aligned g, int b) { return a + f.a + f.b + f.c + g.a + b; }
double sum_mid(struct packed17 p) { return p.a + p.b + p.c; }
double sum_union(union u u) { return u.c; }
int sum_mixed(struct mixed m) { return m.b + m.c + m.d + m.e; }
float sum_floats(struct floats f) { return f.a + f.b + f.c; }
