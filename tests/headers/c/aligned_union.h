union __attribute__((aligned(32))) au { char c; int i; };
struct holds { char c; union au u; };
