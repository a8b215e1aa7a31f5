int again(int);
int again(int value);
int again(int value);
extern int again(int);
struct late_record;
void late(struct late_record *);
struct late_record { int x; };
