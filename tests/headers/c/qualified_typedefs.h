typedef struct thing thing;
typedef const thing *thing_ref;
typedef thing *const thing_fixed;
typedef int vec[3];
typedef const vec cvec;
struct thing { cvec v; thing_ref r; };
int use(thing_ref, thing_fixed, const vec, cvec *);
