_Atomic int counter;
struct shared { _Atomic(int) a; _Atomic long b; int _Atomic *p; char c; };
int load(_Atomic int *p);
