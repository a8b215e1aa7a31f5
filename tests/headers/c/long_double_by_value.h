/* Structs of one long double, which libffi does not return rightly on x86-64, beside others. */
struct ldx { long double l; };
struct outer { struct ldx x[1]; };
typedef struct outer outer_t;
struct two { long double l; int i; };
struct ldx mkld(void);
outer_t mk3(void);
struct two mk2(void);
long double takes(struct ldx x);
long double plain(void);
