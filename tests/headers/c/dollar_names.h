struct with$dollar { int a$b; };
int f$1(int x);
