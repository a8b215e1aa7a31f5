struct handle;
typedef struct handle handle;
typedef struct never_defined *ref;
handle *open_handle(void);
void close_handle(handle *h, ref r, struct only_here *o);
union hidden;
int look(union hidden *u);
