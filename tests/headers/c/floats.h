float f0; double f1; long double f2;
struct reals { float a; double b; long double c; char d; long double e[2]; };
float add(float a, double b);
long double extended(long double x);
