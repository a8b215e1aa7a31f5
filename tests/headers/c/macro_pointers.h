typedef void (*pointer_destructor)(void *);
typedef struct pointer_handle *pointer_handle_t;
#define POINTER_STATIC ((pointer_destructor)0)
#define POINTER_TRANSIENT ((pointer_destructor)-1)
#define POINTER_PLAIN ((void (*)(void *))0)
#define POINTER_FAILED ((void *)-1)
#define POINTER_HANDLE ((pointer_handle_t)0x10)
#define POINTER_TEXT ((const char *)"text")
int pointer_give(void *data, pointer_destructor destructor);
