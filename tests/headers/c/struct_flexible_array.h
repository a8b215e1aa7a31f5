struct packet { unsigned short length; unsigned char data[]; };
struct text { int n; struct { char c; short s; } items[]; };
struct old { int n; char data[0]; };
struct older { int n; char data[1]; };
int send_packet(const struct packet *p);
