typedef unsigned char uint8_t;
typedef unsigned long size_t;
typedef long ssize_t;
typedef unsigned int uint;
typedef unsigned char byte;
ssize_t read_all(byte *buffer, size_t n, uint flags, uint8_t kind);
