typedef struct event event;
typedef int (*event_handler)(const event *e, void *context);
struct event { int type; event_handler next; event *(*clone)(event *); };
int subscribe(event_handler h);
