int many(int a, int b, int c, int d, int e, int f, int g, int h, int i, int j, int k, int l, int m, int n, int o,
         int p, double q, float r, short s, char t, long u, long long v, unsigned w, void *x, const char *y, int z);
