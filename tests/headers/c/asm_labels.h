int labelled(int x) __asm__("actual_symbol");
extern int data __asm__("actual_data");
int plain(void);
