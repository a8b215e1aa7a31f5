#ifndef EXTERN_C_HPP
#define EXTERN_C_HPP
#define EC_VERSION 3
// What C can use and what it cannot, in one header.
#include <stddef.h>
#include <string>
extern "C" {
struct ec_point { int x, y; };
typedef struct { double re, im; } ec_complex;
typedef int (*ec_callback)(struct ec_point *, void *);
enum ec_mode { EC_A, EC_B = 4 };
static inline int ec_add(struct ec_point p) { return p.x + p.y; }
int ec_strange(class Hidden *hidden, size_t n);
extern int ec_counter;
}
struct Methods { int v; int get() const { return v; } };
class Hidden { public: std::string text; };
extern "C" int ec_methods(const Methods *m, int &out);
extern "C" Hidden ec_by_value(void);
namespace ec { extern "C" int ec_inside(int); int not_c(int); }
int mangled(int);
const int EcLimit = 12;
template <typename T> T identity(T t) { return t; }
#endif
