struct big { char data[65536]; double matrix[100][100]; };
struct big *make_big(void);
extern struct big bigs[3];
