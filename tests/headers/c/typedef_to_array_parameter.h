typedef int vec3[3];
typedef char name_t[32];
void normalize(vec3 v, const vec3 w, name_t *names, const name_t one);
struct body { vec3 position; name_t name; vec3 axes[3]; };
