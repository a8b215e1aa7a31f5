typedef union { int *i; float *f; } any_pointer __attribute__((transparent_union));
int take_any(any_pointer p);
