#pragma once
// Templates that are announced first, mentioned by others before they are defined, and mention each other.
namespace order {
template <class T> class Box;
typedef Box<int> IntBox;
class User {
public:
    IntBox *boxed;
    User() : boxed(nullptr) {}
    int open(Box<int> &box);
};
template <class T> class Walker;
template <class T> class Chain {
public:
    T items[3];
    Chain() : items{1, 2, 3} {}
    Walker<T> begin();
};
template <class T> class Walker {
public:
    Chain<T> *chain;
    int at;
    Walker() : chain(nullptr), at(0) {}
    T get() { return chain->items[at++]; }
    Chain<T> *whole() { return chain; }
};
template <class T> Walker<T> Chain<T>::begin() { Walker<T> walker; walker.chain = this; return walker; }
template <class T> class Box {
public:
    T value;
    Box() : value() {}
    T get() { return value; }
    Box<double> wide() { Box<double> box; box.value = value + 0.5; return box; }
};
inline int User::open(Box<int> &box) { boxed = &box; return box.value; }
}
