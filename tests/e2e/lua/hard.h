#ifndef HARD_H
#define HARD_H
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <complex.h>
#undef complex
enum color { RED, GREEN = 7, BLUE };
enum { ANON_A = -1, ANON_B };
enum big { BIG_ONE = 1, BIG_TWO = 0x100000000 };
enum lowest { LOWEST = -2147483647 - 1 };
enum high { HIGH = 0xffffffffu };
typedef enum { TD_A, TD_B = 3 } td_enum;
enum __attribute__((packed)) tiny { TINY_A, TINY_B };
struct natural { char a; short b; int c; long d; double e; void *f; };
struct bits { unsigned a : 3; int b : 5; unsigned : 0; unsigned c : 20; bool d : 1; enum color e : 4; };
struct longbits { unsigned long a : 3; unsigned long b : 30; unsigned long c : 31; };
struct widebits { unsigned long a : 3; unsigned long b : 40; unsigned char c; };
struct mixed { char a; int b : 3; short c : 9; char d; long long e : 20; };
struct full { unsigned a : 32; unsigned char b : 8; unsigned short c : 16; };
struct __attribute__((packed)) packed { char a; int b; double c; };
struct __attribute__((packed)) packedbits { unsigned a : 3; unsigned b : 13; unsigned c : 20; char d; };
struct __attribute__((packed, aligned(4))) packed4 { char a; long b; };
struct __attribute__((aligned(32))) aligned { int a; };
struct fieldalign { char a; int b __attribute__((aligned(16))); char c; };
struct fieldpacked { char a; int b __attribute__((packed)); long c; };
#pragma pack(push, 2)
struct pragma2 { char a; int b; long c; char d; };
#pragma pack(pop)
union u { int a; char b[7]; double c; };
union ubits { unsigned a : 5; unsigned b : 12; int c; };
union __attribute__((packed)) upacked { int a; char b[7]; };
struct anonymous { int a; union { int b; struct { char c, d; unsigned e : 4, f : 9; }; double g; }; struct { int h; } named; int i; };
struct flexible { int n; struct natural items[]; };
struct zero { int n; char data[0]; int m; };
struct empty {};
struct holdsempty { struct empty e; int a; struct empty f; };
typedef float v4f __attribute__((vector_size(16)));
struct vectors { char a; v4f b; v4f c[2]; };
struct complexes { char a; float _Complex b; double _Complex c; long double _Complex d; char e; };
struct wide { char a; __int128 b; unsigned __int128 c[2]; char d; };
struct longdouble { char a; long double b; char c; };
struct halfs { _Float16 a; char b; __float128 c; };
struct hasva { int a; va_list ap; int b; };
struct atomics { char a; _Atomic int b; _Atomic(long) c; };
struct keywords { int complex; int __int8; int end; int nil; int local; };
struct self { struct self *next; struct self *(*get)(struct self *, int); struct self *many[3]; };
struct inner_enum { enum inside { INSIDE_A, INSIDE_B } e; enum { INNER_X = 40, INNER_Y } x; };
struct grid { int cells[3][4][5]; const char *const names[2]; int (*row)[4]; int (*fns[2])(int, int (*)(void)); };
struct late;
struct early { struct late *l; };
struct late { struct early e; };
typedef int aligned_int __attribute__((aligned(16)));
struct holdsaligned { char a; aligned_int b; };
typedef int loose_int __attribute__((aligned(1)));
struct holdsloose { char a; loose_int b; };
typedef struct { int x, y; } point;
typedef struct { char tag; point p; } *boxed;
typedef struct { int q; } listed[3];
typedef int (*callback)(const struct natural *, va_list, long double);
typedef int plain_function(int);
typedef long double ld_t;
typedef __int128 i128_t;
struct mid { char a; struct packed b; char c; struct aligned d; };
struct __attribute__((packed)) pad_union { char a; union u b; struct bits c; };
struct __attribute__((ms_struct)) ms { char a; int b : 3; char c : 2; int d; };
struct signedbits { signed char a : 3; signed char b : 7; short c : 15; };
struct boolbits { _Bool a : 1, b : 1; unsigned char c : 6; };
struct bitarr { char a[3]; unsigned b : 8; unsigned c : 24; };
struct unnamedpad { char a; int : 16; char b; unsigned long : 40; char c; };

struct __attribute__((packed)) packed17 { char a; double b, c; };
struct floats { float a, b, c; };
int on_stack(int a, struct fieldalign f, struct aligned g, int b);
double sum_mid(struct packed17 p);
double sum_union(union u u);
int sum_mixed(struct mixed m);
float sum_floats(struct floats f);
int add_points(point a, point b);
point make_point(int x, int y);
struct natural pass_natural(struct natural n);
double sum_packed(struct packed p);
int sum_bits(struct bits b);
long double not_this(long double);
__int128 nor_this(__int128 *);
void pointers_are_fine(long double *, __int128 *, struct longdouble *, va_list *);
struct longdouble nor_that(void);
v4f vector_fn(v4f);
int with_va(const char *f, va_list ap);
float _Complex conj_of(float _Complex);
int renamed(int) __asm__("add_one");
int bool_first(bool bool_, size_t size_t_, point point);
int __int8_(int);
extern int counter;
extern const char *const words[];
extern struct natural global_natural;
static const int STATIC_INT = 12;
static const double STATIC_DOUBLE = 1.5;
static inline int inlined(void) { return 1; }
void takes_fn(plain_function f, callback g, ld_t (*h)(i128_t));
int vari(int n, ...);
int old_style();
int not_in_library(void);
unsigned long long large(void);
#define INT_MAXI 2147483647
#define UINT_MAXI 4294967295u
#define INT_MINI (-2147483647 - 1)
#define I64_MIN (-9223372036854775807LL - 1)
#define U64_MAX 18446744073709551615ULL
#define I64 0x123456789abcLL
#define FLOATY 0.1
#define TINY 5e-324
#define HUGE_ 1.7976931348623157e308
#define TEXT "a\"b\\c\n\001" "2\xff"
#define end 5
#define CHARY 'x'
#endif
