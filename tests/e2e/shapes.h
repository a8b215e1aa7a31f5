#include <stdbool.h>
#include <stdint.h>
#include <stdarg.h>
#include <wchar.h>
#include <complex.h>
typedef struct point point;
struct point { int x; double y; };
/* names */
struct names { int from, class_, class, __private, __init__, _fields_, self, None_; struct point point; unsigned char bytes[4]; const char *str; point *tuple; int type; };
struct kw { union { int lambda; float def; }; struct { int import : 3; int yield : 5; }; };
typedef int Structure; typedef float c_int; typedef unsigned char bytes; typedef const char *str;
enum CDLL { CDLL_A, CDLL_B = -5 };
enum { print = 3, len = 4 };
#define isinstance 17
#define WIDE L"wide"
#define TEXT "text"
#define PI 3.25
#define NEG (-3)
#define BIG 0xffffffffffffffffULL
#define CHAR 'a'
int self(int self, bytes bytes, const char *from, str str);
int __dunder(void); int __dunder__(void); int property(int property, int, int arg2);
bool flag(bool b);
/* callbacks */
typedef point *(*returns_pointer)(const char *name, void *data);
typedef int handler(int, ...);
typedef struct point (*by_value)(struct point p);
typedef void (*nested)(returns_pointer cb, handler *h, void (**out)(int));
handler *install(handler *h, nested n, by_value b, int (*plain)(const void *, const void *));
void sort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *));
typedef int (*table_t[3])(int);
extern table_t table; extern int (*ftab[2])(void);
struct ops { int (*open)(struct ops *self, const char *path); int (*tab[2])(void); handler *h; returns_pointer rp; int (**pp)(void); };
/* layouts */
struct over { int a; } __attribute__((aligned(64)));
struct in_over { char c; struct over o[2]; };
struct __attribute__((packed)) pk_over { char c; struct over o; int d : 5; };
#pragma pack(push, 1)
struct pk1 { char a; long long b; struct { short s; int i; } in; int bf : 7; unsigned bg : 30; };
#pragma pack(pop)
#pragma pack(push, 4)
struct pk4 { char a; double d; long double ld; };
#pragma pack(pop)
typedef int al16 __attribute__((aligned(16)));
typedef long long al4 __attribute__((aligned(4)));
struct with_al { char c; al16 a; al4 b; };
struct bfs { _Bool a:1, b:1; unsigned long long big : 60; int : 0; signed char s : 3; unsigned u : 31; int w : 32; enum CDLL e : 4; long l : 33; };
union ubf { unsigned a : 3; _Bool b : 1; int whole; };
struct cross { unsigned short a : 10, b : 10, c : 10; char d : 4; int e : 12; };
struct flex { int n; struct point items[]; };
struct zero { int n; int none[0]; char tail; };
struct ld { char c; long double d; }; 
struct exotic { __int128 i; float _Complex f; double _Complex z; _Float16 h; long double _Complex lz; _Atomic int at; wchar_t w; wchar_t ws[4]; };
typedef float v4 __attribute__((vector_size(16)));
struct vec { v4 v; int x; };
long double ld_by_value(long double x); struct ld ld_struct(struct ld s);
double _Complex cplx(double _Complex z); __int128 wide_int(__int128 x); _Float16 half(_Float16 h);
union val { int i; float f; void *p; };
int take_union(union val v); union val give_union(void);
struct bitsv { unsigned a : 3, b : 5; }; struct bitsv give_bits(void);
struct { int anon_x; struct { char deep[3]; } in; } anon_var;
extern struct { int a; } anon_ext;
extern const char *const names_var[]; extern int incomplete_array[];
struct never_defined; struct never_defined *make_never(void); extern struct never_defined never_var;
int vla(int n, int a[n][n], const double m[static 3]);
int buf(const unsigned char *in, unsigned char *out, const uint8_t *a, int8_t *b, const signed char *c, char *d, const char *e, void *f, const void *g);
wchar_t *wide(const wchar_t *in, wchar_t *out); char *dup_it(const char *s); const unsigned char *column(void);
int va(const char *fmt, va_list ap); int logf_(const char *fmt, ...); int old_style();
typedef void (*log_fn)(int level, const char *fmt, va_list ap); void set_log(log_fn f);
int matrix(double m[3][4], point pts[2], point *const *pp, char **argv, const char *const *cargv);
