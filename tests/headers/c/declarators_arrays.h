typedef int row[4];
typedef row table[3];
struct grid { table cells; int flat[2][3][4]; row *rows[2]; row (*all)[5]; };
extern int matrix[2][3];
void fill(table t, int m[][4], int n[static 3], const int k[const 2]);
int sum(int n, int values[n]);
