struct bits { unsigned a : 1; unsigned b : 3; unsigned c : 12; unsigned d : 16; };
struct signed_bits { int a : 1; int b : 5; signed c : 10; };
