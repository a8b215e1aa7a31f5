typedef float _Complex small_complex;
typedef small_complex also_small;
typedef double _Complex pair_of_complex[2];
struct filter { also_small poles[3]; double _Complex gain; };
also_small scale(small_complex z, const also_small *by, pair_of_complex *out);
