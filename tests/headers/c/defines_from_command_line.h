// headerkit: -D LIMIT=12 -D ENABLED
#ifdef ENABLED
int enabled(int values[LIMIT]);
struct sized { char name[LIMIT]; };
#else
int disabled(void);
#endif
#define OWN_LIMIT LIMIT
