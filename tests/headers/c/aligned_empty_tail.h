struct tail { double d; char c; };
struct reuse { struct tail t; char e; };
struct arr { struct { char c; short s; } a[3]; char e; };
