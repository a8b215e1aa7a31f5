#include "detail.h"
#define PLAIN_VERSION 3
typedef struct plain {
    plain_id id;
    union { int a; float b; };
    unsigned low : 3, high : 5;
    struct plain *next;
    int (*callback)(struct plain *self, const char *text);
    char name[16];
} plain_t;
enum plain_mode { PLAIN_FAST = 1, PLAIN_EXACT = -2 };
plain_t *plain_new(enum plain_mode mode, ...);
int hidden_detail(void);
