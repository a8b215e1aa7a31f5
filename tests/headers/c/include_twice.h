#include "include_sibling/types.h"
#include "include_sibling/types.h"
#include "include_sibling/inner.h"
int once(sibling_int x);
