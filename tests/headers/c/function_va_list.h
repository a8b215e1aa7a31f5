typedef __builtin_va_list va_list;
int vprint(const char *format, va_list ap);
void take_pointer(va_list *ap);
struct state { va_list saved; int n; };
