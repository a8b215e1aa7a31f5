struct a { int x; };
struct b { double y; };
typedef struct a b;
typedef struct b a;
void crossed(a *first, b *second, struct a *third, struct b *fourth);
