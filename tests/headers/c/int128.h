__int128 wide;
unsigned __int128 uwide;
struct wide_record { char c; __int128 v; unsigned char tail; };
__int128 multiply(long long a, long long b);
void store_wide(__int128 *out);
