#include "ring.h"

#include <stdlib.h>

struct ring {
    size_t capacity, length, next;
    ring_dropped dropped;
    void *context;
    double values[];
};

enum ring_status ring_new(size_t capacity, ring **result)
{
    if (capacity == 0 || capacity > RING_MAX_CAPACITY)
        return RING_BAD_CAPACITY;
    *result = calloc(1, sizeof(ring) + capacity * sizeof(double));
    if (!*result)
        return RING_NO_MEMORY;
    (*result)->capacity = capacity;
    return RING_OK;
}

void ring_free(ring *self)
{
    free(self);
}

void ring_on_drop(ring *self, ring_dropped dropped, void *context)
{
    self->dropped = dropped;
    self->context = context;
}

void ring_push(ring *self, double value)
{
    double oldest = self->values[self->next];
    int is_full = self->length == self->capacity;

    self->values[self->next] = value;
    self->next = (self->next + 1) % self->capacity;
    if (!is_full)
        self->length++;
    else if (self->dropped)
        self->dropped(oldest, self->context);
}

size_t ring_length(const ring *self)
{
    return self->length;
}

double ring_at(const ring *self, size_t age)
{
    if (age >= self->length)
        return 0;
    return self->values[(self->next + self->capacity - 1 - age) % self->capacity];
}
