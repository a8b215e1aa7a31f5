#pragma once
// What operators return: references, constant ones, values and pointers, to a number, to a class and to one that
// cannot be made from nothing.
struct Plain { int v = 0; Plain() {} explicit Plain(int x) : v(x) {} void set(int x) { v = x; } int get() const { return v; } };
struct Given { int v; explicit Given(int x) : v(x) {} void set(int x) { v = x; } int get() const { return v; } };
#define OF(NAME, T) \
    struct NAME { \
        typedef T &reference; \
        T cells[2] = {T(0), T(0)}; \
        T &operator[](int i) { return cells[i]; } \
        T &operator()(int i) { return cells[i]; } \
        T &at(int i) { return cells[i]; } \
        T &operator*() { return cells[1]; } \
        reference operator~() { return cells[1]; } \
        T &operator+() { return cells[1]; } \
        T &operator-() { return cells[1]; } \
        T &operator--() { return cells[1]; } \
        T &operator<<(int i) { return cells[i]; } \
        reference operator>>(int i) { return cells[i]; } \
        T &operator+(int i) { return cells[i]; } \
        T &operator-(int i) { return cells[i]; } \
        T &operator*(int i) { return cells[i]; } \
        T &operator/(int i) { return cells[i]; } \
        T &operator%(int i) { return cells[i]; } \
        T &operator|(int i) { return cells[i]; } \
        T &operator&(int i) { return cells[i]; } \
        T &operator^(int i) { return cells[i]; } \
        T &operator==(int i) { return cells[i]; } \
        T &operator!=(int i) { return cells[i]; } \
        T &operator<(int i) { return cells[i]; } \
        T &operator>(int i) { return cells[i]; } \
        T &operator<=(int i) { return cells[i]; } \
        T &operator>=(int i) { return cells[i]; } \
    };
OF(Numbers, int)
OF(Plains, Plain)
OF(Givens, Given)
#undef OF
struct Counter {
    int n = 0;
    Counter &operator++() { ++n; return *this; }
    Counter operator++(int) { Counter old(*this); n += 10; return old; }
    Counter &operator<<(int i) { n += i; return *this; }
    Counter &operator=(int i) { n = i; return *this; }
    Counter *operator+(int i) { n += i; return this; }
    bool operator==(const Counter &o) const { return n == o.n; }
};
inline Counter &operator>>(Counter &of, int i) { of.n -= i; return of; }
struct Constant {
    Given own{7};
    int number = 8;
    const Given &operator[](int) const { return own; }
    const int &operator()(int) const { return number; }
    const int &operator*() const { return number; }
    const Given &get() const { return own; }
};
template <class T> struct Shelf {
    typedef T &reference;
    T cells[2];
    reference operator[](int i) { return cells[i]; }
    T &operator<<(int i) { return cells[i]; }
};
