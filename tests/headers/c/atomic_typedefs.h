typedef _Atomic int counter_t;
typedef _Atomic(_Bool) flag_t;
struct counters { counter_t n; counter_t *shared; flag_t set; };
int bump(counter_t *c);
int test_flag(const flag_t *f);
extern counter_t total;
