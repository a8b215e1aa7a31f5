struct outer_tag { int a; };
int scoped(struct outer_tag *o, struct scoped_tag { int z; } *inner);
struct user { struct outer_tag o; };
