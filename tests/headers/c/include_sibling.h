#include "include_sibling/types.h"
struct uses { sibling_int a; struct sibling b; };
sibling_int from_sibling(struct sibling *s, enum sibling_mode m);
