static int old_style(a, b)
    int a;
    char *b;
{ return a + (b != 0); }
int new_style(int a, char *b);
