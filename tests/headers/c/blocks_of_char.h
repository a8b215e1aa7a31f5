struct strings { char fixed[16]; char *pointer; const char *constant; signed char s[4]; unsigned char u[4]; char **list; };
char *name_of(const char *key, char separator, unsigned char *raw, signed char level);
