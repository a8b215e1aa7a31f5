#pragma once
#include <string>
// References: parameters, results, fields, rvalues.
struct Ref {
    int value = 1;
    int &get() { return value; }
    const std::string &text() const { static const std::string t = "t"; return t; }
    void swap(Ref &other) { int v = value; value = other.value; other.value = v; }
    void take(Ref &&other) { value = other.value; }
    Ref() = default;
    Ref(Ref &&) = default;
    Ref(const Ref &) = default;
    Ref &operator=(const Ref &) = default;
    void array(int (&items)[2]) { value = items[0]; }
};
struct Holder { int &bound; explicit Holder(int &b) : bound(b) {} };
inline void increase(int &x, const int &by) { x += by; }
inline int *address(int *&p) { return p; }
