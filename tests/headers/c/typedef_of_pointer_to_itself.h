typedef struct self *self;
struct self { self next; };
self copy_self(self s);
typedef void (*recursive)(void *again);
