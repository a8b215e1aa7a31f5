struct quad { __float128 q; char c; };
void store_quad(__float128 *out);
int plain(int x);
