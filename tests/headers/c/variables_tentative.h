int tentative;
int tentative;
int initialized = 5;
struct point { int x, y; } origin, *where, corners[4];
