#include <tally/tally.h>

int tally_init(tally *self, uint32_t limit, unsigned flags)
{
    if (limit == 0 || limit > TALLY_MAX_LIMIT)
        return -1;
    self->count = 0;
    self->limit = limit;
    self->flags = flags;
    return 0;
}

unsigned tally_add(tally *self, uint32_t events)
{
    unsigned times = 0;

    while (events--) {
        if (self->count == self->limit) {
            if (!(self->flags & TALLY_FLAG_WRAP))
                break;
            self->count = 0;
        }
        if (++self->count == self->limit) {
            times++;
            if (self->reached && !(self->flags & TALLY_FLAG_QUIET))
                self->reached(self, self->context);
        }
    }
    return times;
}
