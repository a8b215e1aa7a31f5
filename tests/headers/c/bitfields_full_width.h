struct full { unsigned a : 32; unsigned long b : 64; unsigned char c : 8; unsigned short d : 16; };
