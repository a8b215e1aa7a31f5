#pragma once
// Operators, inside classes and out of them, and conversions.
namespace alg {
struct V {
    int x, y;
    V() : x(0), y(0) {}
    V(int x, int y) : x(x), y(y) {}
    V operator+(const V &o) const { return V(x + o.x, y + o.y); }
    V operator-() const { return V(-x, -y); }
    V &operator+=(const V &o) { x += o.x; y += o.y; return *this; }
    int operator[](int i) const { return i ? y : x; }
    int operator()(int k) const { return k * x; }
    bool operator==(const V &o) const { return x == o.x && y == o.y; }
    V &operator++() { ++x; return *this; }
    explicit operator bool() const { return x || y; }
    operator int() const { return x; }
    V *operator->() { return this; }
};
inline bool operator<(const V &a, const V &b) { return a.x < b.x; }
inline V operator*(const V &a, int k) { return V(a.x * k, a.y * k); }
}
