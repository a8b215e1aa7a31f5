#pragma pack(2)
struct half { char a; void *p; int (*f)(void); struct half *next; };
union half_union { char c; double d; };
#pragma pack()
struct contains { char c; struct half h; union half_union u; };
