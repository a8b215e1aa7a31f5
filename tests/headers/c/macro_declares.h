#define DECLARE(type, name) type get_##name(void); void set_##name(type value)
DECLARE(int, width);
DECLARE(const char *, title);
#define HANDLE(name) typedef struct name##_s *name
HANDLE(instance);
HANDLE(device);
