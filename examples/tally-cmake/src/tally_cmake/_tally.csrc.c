#include <tally/tally.h>
