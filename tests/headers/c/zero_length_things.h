struct zero { int a[0]; char b; };
struct zero_only { int a[0]; };
struct end { char c; long long z[0]; };
