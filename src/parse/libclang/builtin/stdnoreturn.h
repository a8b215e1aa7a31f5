/* Functions that do not return (C11 7.23). */
#ifndef noreturn
#define noreturn _Noreturn
#endif
