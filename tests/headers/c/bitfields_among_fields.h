struct among { char head; unsigned a : 4; char middle; unsigned b : 20; short tail; unsigned c : 2; };
struct after_pointer { void *p; unsigned flag : 1; char c; };
