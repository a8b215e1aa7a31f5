enum big { BIG_A = 0x100000000LL, BIG_B = -1 };
enum huge { HUGE_MAX = 0xffffffffffffffffULL, HUGE_ONE = 1 };
struct bigs { enum big a; enum huge b; char c; };
