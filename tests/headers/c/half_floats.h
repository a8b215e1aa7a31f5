struct half { _Float16 h; char c; };
void store_half(_Float16 *out);
int plain(int x);
