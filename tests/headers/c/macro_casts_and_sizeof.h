typedef unsigned short u16;
struct sz { int a; char b; };
#define C_CAST ((unsigned char)300)
#define C_TYPEDEF ((u16)-1)
#define C_SIZEOF sizeof(int)
#define C_SIZEOF_STRUCT sizeof(struct sz)
#define C_LONG ((long)-1)
#define C_MAX ((unsigned long)-1)
