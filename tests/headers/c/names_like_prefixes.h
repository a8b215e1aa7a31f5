struct struct_a { int x; }; struct a { int y; }; union union_a { int z; }; enum enum_a { EA }; typedef int a_t;
int use(struct struct_a *p, struct a *q, union union_a *r, enum enum_a e, a_t t);
