#define ONLY_A 1
#define ONLY_B "two"
