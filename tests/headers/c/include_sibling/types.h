#ifndef SIBLING_TYPES_H
#define SIBLING_TYPES_H
#include "inner.h"
typedef int sibling_int;
struct sibling { sibling_int value; struct inner_part part; };
enum sibling_mode { SIBLING_A, SIBLING_B };
#define SIBLING_LIMIT 8
#endif
