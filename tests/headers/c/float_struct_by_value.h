struct vec { float x, y, z; }; struct mat { struct vec rows[3]; }; struct mixed { float f; int i; double d; };
struct vec cross(struct vec a, struct vec b); struct mat identity(void); double weigh(struct mixed m, struct mat n);
