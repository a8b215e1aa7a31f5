#pragma once
#include <vector>
#include <utility>
// Function templates and explicit specializations.
namespace ft {
template <typename T> T larger(T a, T b) { return a > b ? a : b; }
template <> inline int larger<int>(int a, int b) { return (a > b ? a : b) + 100; }
template <typename T, typename U> std::pair<T, U> both(const T &a, const U &b) { return {a, b}; }
template <typename T> T total(const std::vector<T> &items) { T sum = T(); for (auto &i : items) sum += i; return sum; }
template <typename F, typename... Args> auto call(F f, Args &&...args) { return f(std::forward<Args>(args)...); }
template <int N> int constant() { return N; }
struct Maker { template <typename T> T make(int v) const { return T(v); } template <typename T> explicit Maker(T v) : kept(v) {} int kept; };
inline Maker *maker(int v) { return new Maker(v); }
}
