struct ptrs { char a; void *b; char c; int (*d)(void); char e; struct ptrs *f; char g[3]; void *h[2]; };
