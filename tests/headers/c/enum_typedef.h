typedef enum { T_A, T_B } t_enum;
typedef enum tagged { G_A = 4, G_B } g_enum;
typedef enum tagged g_again;
g_again convert(t_enum a, g_enum b, enum tagged c);
