char i0; signed char i1; unsigned char i2; short i3; unsigned short i4; int i5; unsigned i6;
long i7; unsigned long i8; long long i9; unsigned long long i10;
long unsigned int i11; int long long i12; short int signed i13; unsigned long int long i14;
struct ints { char a; signed char b; unsigned char c; short d; unsigned short e; long f; unsigned long long g; };
