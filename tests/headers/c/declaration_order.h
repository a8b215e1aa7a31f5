struct needs_later { enum used_before *e; struct defined_after *p; };
struct defined_after { struct needs_later n; int array[sizeof(struct needs_later)]; };
int function_first(struct defined_after d);
typedef struct defined_after alias_last;
