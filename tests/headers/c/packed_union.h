union __attribute__((packed)) pu { int i; double d; char c[9]; };
struct holds_pu { char c; union pu u; };
