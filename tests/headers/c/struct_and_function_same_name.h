struct status { int mode; long size; };
int status(const char *path, struct status *out);
struct zone { int minutes; };
extern long zone;
enum kind { KIND_A };
enum kind kind(void);
