/* What the bindings are made from: the system's zlib. */
#include <zlib.h>
