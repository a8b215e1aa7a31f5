__extension__ typedef long long ext_long;
struct ext { __extension__ union { int a; char b; }; __extension__ long long c; };
__extension__ int ext_function(ext_long x);
__const char *underscored(__volatile__ int *p, __signed__ char c, char *__restrict r);
