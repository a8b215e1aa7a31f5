typedef struct self *self;
struct self { self next; };
self clone(self s);
typedef void (*recursive)(void *again);
