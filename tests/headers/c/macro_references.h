#define R_BASE 100
#define R_NEXT (R_BASE + 1)
#define R_ALIAS R_NEXT
#define R_CALL(x) ((x) * 2)
#define R_USED R_CALL(R_BASE)
enum { R_ENUM = 9 };
#define R_OF_ENUM R_ENUM
#define R_OF_BOTH (R_ENUM | R_BASE)
