union value { char c; short s; int i; long long l; float f; double d; void *p; char text[20]; };
union single { int only; };
union of_structs { struct { int t; } a; struct { int t; double d; } b; };
