int again(int);
int again(int value);
int again(int value);
extern int again(int);
void late(struct late_record *);
struct late_record { int x; };
