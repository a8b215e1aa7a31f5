union expr { int constant; struct { int op; union expr *left, *right; } binary; };
typedef union expr *expr_ref;
int eval(expr_ref e);
