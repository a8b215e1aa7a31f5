typedef int aligned_int __attribute__((aligned(16)));
typedef long long __attribute__((aligned(4))) less_aligned;
struct uses { char c; aligned_int i; char d; less_aligned l; };
aligned_int *get(void);
