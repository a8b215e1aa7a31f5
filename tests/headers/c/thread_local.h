extern _Thread_local int per_thread;
extern __thread int per_thread_too;
int plain(void);
