/* A ring buffer of doubles: the newest values push the oldest out. */
#ifndef RING_H
#define RING_H

#include <stddef.h>

#define RING_MAX_CAPACITY 65536

enum ring_status { RING_OK, RING_BAD_CAPACITY, RING_NO_MEMORY };

typedef struct ring ring;

/* Called with a value that is pushed out. */
typedef void (*ring_dropped)(double value, void *context);

enum ring_status ring_new(size_t capacity, ring **result);
void ring_free(ring *self);
void ring_on_drop(ring *self, ring_dropped dropped, void *context);
void ring_push(ring *self, double value);
size_t ring_length(const ring *self);

/* The value that was pushed `age` pushes before the newest; 0 where there is none. */
double ring_at(const ring *self, size_t age);

static inline int ring_is_empty(const ring *self)
{
    return ring_length(self) == 0;
}

#endif
