#if defined(__STDC__) && __STDC_VERSION__ >= 199901L
#define HAVE_C99 1
#else
#define HAVE_C99 0
#endif
#ifdef NOT_SET
int never(void);
#endif
#ifndef NOT_SET
int always(void);
#endif
