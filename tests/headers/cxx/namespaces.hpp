#pragma once
// Nested, inline and unnamed namespaces, equal names in two of them, aliases and using declarations.
namespace outer {
struct Item { int v; explicit Item(int v = 1) : v(v) {} };
inline int size() { return 1; }
inline namespace v2 {
struct Fresh { int f = 22; };
inline int fresh() { return 2; }
namespace deep { struct Item { int v = 9; }; inline int size() { return 3; } inline Fresh get() { return Fresh(); } }
}
namespace { inline int unnamed() { return 4; } }
}
namespace other { using outer::Item; inline int take(const Item &i, const outer::deep::Item &d) { return i.v + d.v; } }
namespace o = outer;
namespace outer { inline int reopened(o::deep::Item i) { return i.v; } }
using outer::deep::get;
