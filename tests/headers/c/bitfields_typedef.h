typedef unsigned int u32;
typedef unsigned long long u64;
struct regs { u32 enable : 1; u32 mode : 3; u32 : 28; u64 address : 48; u64 tag : 16; };
