int original;
__typeof__(original) copied;
typedef __typeof__(sizeof(int)) my_size;
__typeof__(int *) pointer_of(__typeof__(my_size) n);
struct t { __typeof__(((struct { int a; } *)0)->a) x; };
