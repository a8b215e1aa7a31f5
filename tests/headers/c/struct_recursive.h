struct tree { struct tree *left, *right; struct tree *children[2]; int (*visit)(struct tree *); };
struct first { struct second *s; };
struct second { struct first f; struct first *g; };
