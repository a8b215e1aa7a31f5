#define FLAG(n) (1 << (n))
#define BASE 0x100
enum flags { F0 = FLAG(0), F5 = FLAG(5), FB = BASE, FNEXT, FSIZE = sizeof(long), FCOND = BASE > 3 ? 4 : 5 };
