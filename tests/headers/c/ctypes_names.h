struct Structure { int x; }; struct Union { int y; }; typedef struct Structure POINTER; typedef int c_int;
int sizeof_(int x); int CDLL(POINTER *p); int byref(c_int x); int cast(int a); extern int ctypes;
struct _fields_ { int _fields_, _pack_, _anonymous_, _as_parameter_, from_buffer; };
