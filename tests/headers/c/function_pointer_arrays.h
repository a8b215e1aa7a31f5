typedef int (*operation)(int, int);
extern operation operations[4];
typedef operation operation_table[2][2];
struct dispatch { operation_table table; operation *more; };
