#pragma once
// Nested classes, forward declarations, types that only their class may use, pointers to members.
namespace nest {
class Later;
class Outer {
public:
    class Inner {
    public:
        struct Core { int c = 3; };
        Core core;
        int i = 2;
        Outer *owner = nullptr;
    };
    typedef int Number;
    using Callback = int (*)(Number, void *);
    Inner inner;
    Number run(Callback call, void *data) { return call(4, data); }
    Inner::Core core() const { return inner.core; }
    Later *later = nullptr;
    int Inner::*member = &Inner::i;
    union { int as_int; float as_float; };
    struct { int a, b; } pair_;
private:
    struct Impl { int x; };
    Impl *impl_ = nullptr;
public:
    Impl *impl() { return impl_; }
    class Opaque;
    Opaque *opaque() { return nullptr; }
};
class Later { public: Outer::Inner get() { return Outer::Inner(); } };
}
