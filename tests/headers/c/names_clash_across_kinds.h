struct same { int a; }; int same(int x); enum other { OTHER }; extern int other; typedef int third; struct third { int b; };
union fourth { int c; }; int fourth(union fourth *f, struct third *t, third u);
