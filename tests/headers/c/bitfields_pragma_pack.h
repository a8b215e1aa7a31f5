#pragma pack(push, 1)
struct p1 { char c; unsigned a : 9; unsigned b : 31; };
#pragma pack(2)
struct p2 { char c; unsigned a : 17; int i; };
#pragma pack(pop)
struct p0 { char c; unsigned a : 17; int i; };
