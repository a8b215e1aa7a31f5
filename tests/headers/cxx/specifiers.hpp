#pragma once
// final, constexpr and mutable: what derives, overrides, changes and is known to the compiler.
#define SP_CONSTEXPR constexpr
namespace sp {
struct Base {
    virtual ~Base() {}
    virtual int area() const { return 1; }
};
class Square final : public Base {
  public:
    constexpr static int Sides = 4;
    explicit Square(int side) : side_(side) {}
    int area() const final { return ++calls, side_ * side_; }
    mutable int calls = 0;

  private:
    int side_;
};
struct Pair {
    int a;
    mutable int b;
    SP_CONSTEXPR Pair(int x, int y) : a(x), b(y) {}
    constexpr int sum() const { return a + b; }
};
SP_CONSTEXPR int twice(int v) { return 2 * v; }
template <typename T> constexpr T largest(T a, T b) { return a < b ? b : a; }
constexpr int Table[3] = {1, 2, 3};
}
struct Counted {
    mutable int count;
    int value;
};
