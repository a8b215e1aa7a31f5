void (*get_handler(int sig))(int);
int (*(*resolver(const char *name))(int))(char);
typedef void (*handler)(int);
handler set_handler(int sig, handler h);
