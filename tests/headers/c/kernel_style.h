typedef unsigned int __u32; typedef unsigned long long __u64; typedef unsigned char __u8; typedef __u32 __le32;
#define _IOC(dir, type, nr, size) (((dir) << 30) | ((type) << 8) | (nr) | ((size) << 16))
struct request { __u32 id; __u64 address __attribute__((aligned(8))); union { __u32 value; __u8 data[8]; }; __le32 flags[]; };
#define REQ_SEND _IOC(1u, 'r', 1, sizeof(struct request))
#define REQ_RECV _IOC(2u, 'r', 2, sizeof(__u64))
