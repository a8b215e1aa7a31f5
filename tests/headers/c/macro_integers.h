#define M_DEC 42
#define M_NEG -7
#define M_HEX 0xDEADBEEF
#define M_OCT 0755
#define M_BIN 0b1011
#define M_UL 4000000000UL
#define M_LL 0x7fffffffffffffffLL
#define M_ULL 0xffffffffffffffffULL
#define M_PAREN ((1))
#define M_CHAR 'x'
#define M_ZERO 0
int unused(void);
