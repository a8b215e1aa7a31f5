struct only { union { int a; float b; }; };
typedef struct { union { struct { int x, y; }; int v[2]; }; } vec2;
vec2 add2(vec2 a, vec2 b);
