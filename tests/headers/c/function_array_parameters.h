void one(int a[10]);
void two(const double matrix[4][4]);
void three(char *argv[]);
void four(int a[restrict 3], int b[const], int c[]);
