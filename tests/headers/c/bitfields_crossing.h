struct crossing { unsigned a : 30; unsigned b : 30; unsigned c : 4; };
struct bytes { unsigned char a : 7; unsigned char b : 2; unsigned char c : 7; };
struct shorts { unsigned short a : 15, b : 2, c : 15; };
