void sort(void *base, unsigned long n, int (*compare)(const void *, const void *));
void on(int signal, void handler(int));
void nested(void (*outer)(void (*inner)(int), int), int (*)(void));
