#define PROTO(args) args
#define EXPORT extern
#define CALLBACK
EXPORT int old_proto PROTO((int a, char *b));
typedef int (CALLBACK *old_callback) PROTO((void));
typedef unsigned char UCHAR, *PUCHAR;
EXPORT PUCHAR old_bytes PROTO((UCHAR c));
