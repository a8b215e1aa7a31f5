/* Variables of types that are never completed, beside what can be used. */
struct never_completed;
extern struct never_completed the_one;
extern const struct never_completed the_other;
typedef struct never_completed hidden_t;
extern hidden_t the_third;
extern hidden_t *the_pointer;
hidden_t *get_it(void);
extern int usable;
