struct kinds { unsigned char a : 3; unsigned short b : 9; unsigned int c : 17; unsigned long d : 33; long long e : 40; };
struct mixed_kinds { char a : 4; int b : 4; short c : 4; long d : 4; };
