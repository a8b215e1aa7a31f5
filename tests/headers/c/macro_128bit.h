#define TOO_BIG 0xffffffffffffffffffffULL_NOT
#define EDGE 18446744073709551615ULL
#define SIGNED_EDGE (-9223372036854775807LL - 1)
#define OVERFLOWS (0x7fffffff + 1)
int nothing(void);
