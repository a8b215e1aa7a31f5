#define F_PLAIN 1.5
#define F_EXP 1e-3
#define F_SUFFIX 2.5f
#define F_LONG 3.25L
#define F_HEX 0x1.8p3
#define F_EXPR (1.0 / 4)
#define F_NEG -0.5
