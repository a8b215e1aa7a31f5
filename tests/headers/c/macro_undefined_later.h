#ifndef TEMPLATE_ROUND
#define TEMPLATE_ROUND 1
#define TEMPLATE_SUFFIX 10
#define TEMPLATE_NAME(x) x##_first
#define TEMPLATE_USES_SUFFIX (TEMPLATE_SUFFIX + 1)
#define TEMPLATE_KEPT 5
#include "macro_undefined_later.h"
int TEMPLATE_NAME(f)(void);
#include "macro_undefined_later.h"
#elif defined(TEMPLATE_SUFFIX) && TEMPLATE_ROUND == 1
#undef TEMPLATE_ROUND
#define TEMPLATE_ROUND 2
#else
#undef TEMPLATE_SUFFIX
#undef TEMPLATE_NAME
#endif
