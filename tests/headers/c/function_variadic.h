int print(const char *format, ...);
struct logger { void (*log)(int level, const char *format, ...); };
typedef int (*printer)(const char *, ...);
