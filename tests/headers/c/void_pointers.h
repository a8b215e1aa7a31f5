void *allocate(unsigned long n);
void release(void *p);
const void *peek(const volatile void *p);
void **table(void ***out);
struct opaque_holder { void *data; const void *cdata; void **list; };
