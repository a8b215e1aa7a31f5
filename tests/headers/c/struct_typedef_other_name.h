struct _buffer { char *data; unsigned long size; };
typedef struct _buffer buffer, *buffer_ptr;
typedef buffer buffer_alias;
buffer_alias *grow(buffer_ptr b, struct _buffer c);
