#define INF_BUILTIN __builtin_inff()
#define INF_NEGATIVE (-__builtin_inf())
#define INF_QUOTIENT (1.0 / 0.0)
#define INF_NAN (__builtin_nanf(""))
#define INF_OVERFLOW 1e999
static const double inf_variable = __builtin_inf();
double inf_take(double x);
