struct ld { char c; long double d; char e; };
union lu { long double d; char c[17]; };
