struct __hidden { int __a; int __b__; int _c; }; int __private(struct __hidden *h); typedef struct __hidden __alias;
#define __MACRO 5
#define _MACRO 6
int __init__(int x); int __getattr__(int x); extern int __name__, __file__, __doc__;
