struct unknown;
int unnamed(int, char *, struct unknown *, double[3], int (*)(void), ...);
int partly(int first, int, int third);
