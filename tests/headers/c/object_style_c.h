typedef struct object object;
typedef struct object_class { unsigned long size; void (*init)(object *self); void (*finalize)(object *self); } object_class;
struct object { const object_class *klass; unsigned refs; };
typedef struct derived { object parent; int extra; } derived;
static inline object *as_object(derived *d) { return &d->parent; }
#define OBJECT(o) ((object *)(o))
derived *derived_new(void);
