struct aligned_bits { unsigned a : 4; unsigned b : 4 __attribute__((aligned(8))); char c; };
struct packed_member { char c; unsigned b : 12 __attribute__((packed)); unsigned d : 20; };
