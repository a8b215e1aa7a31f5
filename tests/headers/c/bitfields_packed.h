struct __attribute__((packed)) packed_bits { unsigned a : 3; unsigned b : 30; unsigned c : 7; };
struct __attribute__((packed)) packed_mixed { char c; int b : 20; short s; unsigned long l : 40; };
