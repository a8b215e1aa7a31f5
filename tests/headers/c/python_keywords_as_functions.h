int lambda(int x); void pass(void); int is(int a, int b); int None(void); int yield(void);
int with(int from, int import, int def, int class, int lambda);
