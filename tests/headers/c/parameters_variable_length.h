/* Arrays whose lengths are other parameters: of one, two and three dimensions. */
void one_length(int n, double a[n]);
void two_lengths(int n, int m, double a[n][m]);
void three_lengths(int n, int m, int k, double a[n][m][k]);
void open_and_two(int n, int m, double a[][n][m]);
void fixed_between(int n, double a[][3][n]);
void star_lengths(int n, double a[*][*][*]);
typedef void (*matrix_visitor)(int n, int m, int k, const float a[n][m][k]);
