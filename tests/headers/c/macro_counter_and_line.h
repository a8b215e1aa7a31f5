#define HERE __LINE__
#define FILE_NAME __FILE__
#define FUNCTION_NAME __func__
#define UNIQUE __COUNTER__
int nothing(void);
