struct padded { unsigned a : 3; unsigned : 5; unsigned b : 8; unsigned : 0; unsigned c : 1; };
struct only_padding { int : 4; };
struct zero_first { int : 0; char c; int : 0; char d; };
