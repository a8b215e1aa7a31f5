/* Counts events, and calls back when a limit is reached. */
#ifndef TALLY_TALLY_H
#define TALLY_TALLY_H

#include <stdint.h>

#define TALLY_FLAG_WRAP 0x1
#define TALLY_FLAG_QUIET 0x2
#define TALLY_VERSION "2.1"
#define TALLY_MAX_LIMIT (UINT32_C(1) << 20)

typedef struct tally {
    uint32_t count;
    uint32_t limit;
    unsigned flags : 2;
    void (*reached)(struct tally *self, void *context);
    void *context;
} tally;

/* Returns 0, or -1 for a limit that is 0 or above TALLY_MAX_LIMIT. */
int tally_init(tally *self, uint32_t limit, unsigned flags);

/* Adds events; returns how many times the limit was reached. */
unsigned tally_add(tally *self, uint32_t events);

#endif
