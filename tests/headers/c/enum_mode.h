enum __attribute__((packed)) small { S_A, S_B = 200 };
enum __attribute__((packed)) medium { M_A = -1, M_B = 300 };
struct smalls { enum small a, b; enum medium c; };
enum small get_small(enum medium m);
