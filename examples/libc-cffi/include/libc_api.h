/* What the bindings are made from: two headers of the C library. */
#include <stdlib.h>
#include <string.h>
