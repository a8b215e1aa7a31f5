struct stat { int mode; long size; };
int stat(const char *path, struct stat *out);
struct timezone { int minutes; };
extern long timezone;
enum kind { KIND_A };
enum kind kind(void);
