#define LONG_MACRO 1 + \
    2 + \
    3
int continued(int a, \
              int b);
typedef \
struct \
lines { int x; } lines_t;
