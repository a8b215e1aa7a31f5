/* Every kind of layout; layouts.json is what libclang says about it on x86-64 Linux. */
enum small { LOW = -1, HIGH = 1 };
typedef int vec4 __attribute__((vector_size(16)));
typedef int loose __attribute__((aligned(16)));
struct natural { char a; double b; short c[3]; long double d; _Bool e; };
struct __attribute__((packed)) packed { char a; int b; double c; short d; };
#pragma pack(push, 2)
struct pack2 { char a; int b; long long c; };
#pragma pack(pop)
struct __attribute__((packed, aligned(4))) packed_aligned { char a; int b; short c; char d; };
struct __attribute__((aligned(32))) over { int a; };
struct padded { char a; int b __attribute__((aligned(8))); char c; loose d; };
struct holds_over { char a; struct over b; struct packed_aligned c; };
struct simple_bits { unsigned a : 3, b : 29; int c; int d : 7, : 9, e : 16; };
struct mixed_bits { char a; int b : 5; unsigned char c : 3; short d : 9; long long e : 40; _Bool f : 1; enum small g : 2; char h; };
struct zero_bits { int a : 3; int : 0; int b : 4; char : 0; char c : 2; };
struct __attribute__((packed)) packed_bits { unsigned a : 3; unsigned b : 30; int c : 31; long long d : 63; char e; };
union bits { int a; unsigned b : 5; long long c : 35; };
struct nested { int a; union { struct { int b : 3; unsigned c : 9; char d; }; long e; float f; }; struct { char g; } inner; };
struct deep { char a; union { struct { char b; struct { short c : 4; int d; }; }; }; };
struct flexible { int n; char a; short items[]; };
struct empty { };
struct holds_empty { char a; struct empty b; int c[0]; };
union packed_union { char a[5]; int b; } __attribute__((packed));
struct raw { char a; vec4 b; __int128 c; double _Complex d; _Float16 e; };
struct keywords { int from, class, __private, __init__, _fields_; };
