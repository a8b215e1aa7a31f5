float _Complex cf; double _Complex cd; long double _Complex cl;
struct signal { double _Complex samples[2]; float _Complex one; char tail; };
double _Complex conjugate(double _Complex z);
double norm(const float _Complex *z);
