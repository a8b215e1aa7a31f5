/* What C headers can say and a cdef cannot, or only in one of its modes. */
#ifndef CFFI_HARD_H
#define CFFI_HARD_H
#include <stdio.h>
#include <stdarg.h>
#include <stdint.h>
#include <wchar.h>
#include <complex.h>
struct __attribute__((packed)) pk { char a; int b; unsigned c:3; unsigned d:7; double e; unsigned f:5; };
#pragma pack(push, 2)
struct pk2 { char a; int b; double d; struct { char q; int r; } in; };
#pragma pack(pop)
struct __attribute__((aligned(64))) al { int x; };
struct holds_al { char c; struct al a; };
enum big { B1 = 1, B2 = 0x100000000LL };
enum __attribute__((packed)) sm { S1, S2 };
struct uses_sm { enum sm a; enum sm b; enum big c; };
void take_sm(enum sm *p, enum big *q);
typedef enum { T1 = 3, T2 } ten;
enum { AN1 = 5, AN2 = -7 };
enum { ANBIG = 0xffffffffffULL };
#define NAME "abc"
#define WNAME L"abc"
#define U8NAME u8"abc\u00e4"
#define UNAME u"x"
#define PI 3.5
#define PIF 3.5f
#define HEXF 0x1.8p3
#define BIGM 0xffffffffffffffffULL
#define MINI (-0x7fffffffffffffffLL - 1)
#define CH 'a'
#define WCH L'\u20ac'
#define SHU (1u << 31)
#define SHS (1 << 31)
#define SZ sizeof(struct pk)
#define CASTED ((uint8_t)300)
#define EXPR (AN1 + CH * 2)
#define PTR ((void *)-1)
#define INFTY __builtin_inff()
#define NANN __builtin_nanf("")
#define LINE __LINE__
#define FILENAME __FILE__
#define WHEN __DATE__
#define ALIAS take_sm
#define TALIAS struct pk
#define BOOLEAN int
#define BLOCK do { } while (0)
#define EMPTY
#define VARALIAS counter
#define LIST 1, 2
#define FN(x) ((x) + 1)
#define LD 1.5L
#define CPLX (1.0 + 2.0 * I)
static const int K = 3;
static const unsigned long long KU = 0xfffffffffffffff0ULL;
static const double KD = 2.5;
static const char KS[] = "abc";
extern const int ek;
extern int counter;
extern struct { int a; char b; } anon_var;
struct in { int a; struct { int u; unsigned bf:3; }; union { int q; char r[4]; } v; };
typedef struct { char c; __attribute__((aligned(16))) int z; } td;
typedef int al_int __attribute__((aligned(16)));
struct has_al_int { char c; al_int i; };
typedef struct { int p; } al_rec __attribute__((aligned(32)));
static inline int addi(int a, int b) { return a + b; }
static const char *const stat_names[2] = { "x", "y" };
extern const char *const names[3];
extern const struct in cin_;
typedef float v4 __attribute__((vector_size(16)));
v4 vadd(v4 a, v4 b);
typedef __int128 i128;
i128 wide(i128 a);
__int128 wide2(__int128 a);
int vp(const char *fmt, va_list ap);
int pv(const char *fmt, ...);
int unproto();
_Complex double cd(_Complex double a);
long double ld(long double a);
_Bool bb(_Bool a);
wchar_t wc(const wchar_t *s);
void fl(FILE *f);
int (*fpa[3])(int);
int (*ret_pa(void))[4];
int (*ret_fn(int))(double);
void vla(int n, int m, int a[n][m], const char *const argv[]);
typedef const int carr[4];
struct flex { int n; char data[]; };
struct zero { int n; int data[0]; };
struct flexal { int n; struct al data[]; };
struct un_bits { unsigned a:3; unsigned :0; unsigned b:4; unsigned :2; unsigned long long c:40; };
union u { int a; double b; struct pk p; };
struct by_val { struct pk p; int q; };
struct pk ret_pk(struct pk p);
struct al ret_al(struct al p);
struct in ret_in(struct in p);
typedef void (*cb)(struct pk p, const struct in *q);
void set_cb(cb c, int (*other)(const char *const *));
const char *const *cc(const char *const *const p);
struct opaque; struct opaque *mk(void);
struct atom { _Atomic int x; volatile int y; };
struct __attribute__((packed, aligned(4))) pka { char a; short b; };
int renamed(int a) __asm__("renamed_impl");
struct w128 { char c; __int128 v; };
struct vec { char c; v4 v; };
struct vl { va_list ap; int x; };
struct arrs { struct { int a; } arr[3]; struct { int b; } *p; enum { IE1 = 4 } e; int (*fns[2])(int); };
struct alig { _Alignas(32) char buf[3]; char t; };
#endif
