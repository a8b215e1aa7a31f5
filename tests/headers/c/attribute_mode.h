typedef int di __attribute__((mode(DI)));
typedef unsigned qi __attribute__((mode(QI)));
struct modes { qi a; di b; };
di widen(qi x);
