#pragma once
#include <stdexcept>
// Functions of namespaces: overloads, default arguments, exceptions, noexcept.
namespace fn {
inline int add(int a, int b) { return a + b; }
inline double add(double a, double b) { return a + b + 0.5; }
inline int scaled(int x, int factor = 10, int offset = 1) { return x * factor + offset; }
inline int checked(int x) { if (x < 0) throw std::invalid_argument("negative"); return x; }
inline int safe(int x) noexcept { return x + 1; }
inline int print(int in) { return in; }
}
inline int global_one() { return 1; }
