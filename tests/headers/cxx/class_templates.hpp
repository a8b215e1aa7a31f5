#pragma once
#include <vector>
#include <string>
// Class templates: members with dependent types, defaults, nested classes, instances in types.
namespace tpl {
template <typename T> class Box {
public:
    Box() {}
    explicit Box(const T &v) : value(v) {}
    const T &get() const { return value; }
    void set(const T &v) { value = v; }
    std::vector<T> twice() const { return {value, value}; }
    Box copy() const { return *this; }
    template <typename U> U as() const { return static_cast<U>(value); }
    struct Node { T item; Node *next = nullptr; };
    Node node() const { Node n; n.item = value; return n; }
    T value;
};
template <typename K, typename V = K> struct Pair { K first; V second; Pair() : first(), second() {} Pair(K k, V v) : first(k), second(v) {} };
template <typename T, int N> struct Fixed { T items[N]; };
template <> class Box<bool> { public: bool bit; };
template <typename T> class Box<T *> { public: T *pointer; };
template <typename... Ts> struct Many {};
using IntBox = Box<int>;
typedef Pair<int, std::string> Entry;
template <typename T> using List = std::vector<T>;
inline Box<double> half(const Box<int> &b) { return Box<double>(b.get() / 2.0); }
inline int first(const Fixed<int, 3> &f) { return f.items[0]; }
inline Fixed<int, 3> fixed() { return {{8, 9, 10}}; }
inline List<int> list() { return {1, 2}; }
inline Entry entry() { return Entry(4, "four"); }
inline Many<int, char> many() { return {}; }
extern template class Box<long>;
}
