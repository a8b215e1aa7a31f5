int with_void(void);
int without_prototype();
void *pointer_without_prototype();
struct k { int (*method)(); };
