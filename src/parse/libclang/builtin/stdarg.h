/* Variable arguments (C11 7.16). A C library asks for its va_list alone with __need___va_list. */
typedef __builtin_va_list __gnuc_va_list;
#define __GNUC_VA_LIST 1

#ifdef __need___va_list
#undef __need___va_list
#else
#ifdef __need_va_list
#undef __need_va_list
#endif
typedef __builtin_va_list va_list;
#undef va_start
#undef va_end
#undef va_arg
#undef va_copy
#define va_start(list, last) __builtin_va_start(list, last)
#define va_end(list) __builtin_va_end(list)
#define va_arg(list, type) __builtin_va_arg(list, type)
#define va_copy(to, from) __builtin_va_copy(to, from)
#endif
