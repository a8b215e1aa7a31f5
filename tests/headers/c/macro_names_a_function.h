int real_open(const char *path);
#define open real_open
int other(void);
#define alias_of_other other
#define with_arguments(x) other()
extern int variable;
#define variable_alias variable
#define errno (*errno_location())
int *errno_location(void);
