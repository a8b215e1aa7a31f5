struct empty {};
union empty_union {};
struct with_empty { int a; struct empty e; char b; };
int use_empty(struct empty *p);
