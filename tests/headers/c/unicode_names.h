struct größe { int höhe; };
int länge(struct größe *g);
#define ГОД 2024
enum цвет { КРАСНЫЙ = 1 };
