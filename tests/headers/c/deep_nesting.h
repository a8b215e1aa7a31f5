struct d1 { struct { struct { struct { struct { struct { int x[2]; char y; } e; } d; union { int u; char v; }; } c; } b[2]; } a; };
typedef int (*(*(*(*deep_pointer)(int))(char))(short))(long);
int *****five_stars(int *****p);
