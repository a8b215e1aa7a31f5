enum later;
void use_later(enum later *e);
enum later { L_A = 1, L_B = 2 };
enum later get_later(void);
enum never;
void use_never(enum never *e);
