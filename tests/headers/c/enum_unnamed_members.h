struct state { enum { STATE_IDLE, STATE_BUSY = 5 } now; int since; };
extern enum { MODE_A = -1, MODE_B } modes[2];
int move(struct state *s);
