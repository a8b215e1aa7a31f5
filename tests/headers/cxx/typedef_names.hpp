#pragma once
// Types that only a typedef names, and types that a typedef names as they are called.
namespace tn {
typedef enum { A, B } E;
typedef enum { P, Q } First, Second;
typedef enum Own { O } Own;
typedef enum Tag { T } Other;
typedef struct { int q; E e; } R;
typedef struct Same { int a; } Same;
struct S {
    typedef enum { C, D } In;
    typedef struct { int z; } Z;
    typedef struct Like { int b; } Like;
    typedef enum As { X } As;
    struct Deep { typedef enum { Y = 7 } Level; Level level; };
    E e;
    In in;
    Z z;
    Like like;
    As kind;
};
inline int all(E e, Second s, Own o, Other t, R r) { return e + 10 * s + o + t + r.q; }
}
namespace again {
typedef enum { A2, B2 } E;
typedef struct { int k; } R;
inline int both(E e, R r) { return e + r.k; }
}
typedef enum { GA, GB } Outside;
inline int outside(Outside o) { return o; }
