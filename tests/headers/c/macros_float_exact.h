/* Numbers whose last bit counts, and whole ones below zero. */
#define MAX_FLOAT 3.40282346638528859811704183484516925440e+38f
#define FILL 9.9692099683868690e+36f
#define ROOT_OF_MAX 1.3407807929942596e+154
#define SMALLEST 4.9406564584124654e-324
#define WHITE_POINT (108.8827F)
#define NO_LIMIT (-1.0)
#define MUTE (-200.0)

double nearest(double wanted);
