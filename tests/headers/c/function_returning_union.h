union number { int i; float f; unsigned char bytes[4]; };
union number make_number(float f);
int take_number(union number n);
