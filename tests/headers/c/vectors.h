typedef float v4 __attribute__((vector_size(16)));
typedef int v8 __attribute__((vector_size(32)));
struct particle { v4 position; float mass; };
v4 add4(v4 a, v4 b);
void scale(v4 *values, int n);
