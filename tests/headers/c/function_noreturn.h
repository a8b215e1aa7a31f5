_Noreturn void stop(int code);
__attribute__((noreturn)) void stop_too(void);
void __attribute__((__noreturn__, cold)) stop_three(const char *);
