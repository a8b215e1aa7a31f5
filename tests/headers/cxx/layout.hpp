#pragma once
#include <string>
#include <vector>
// Layouts: virtual tables, empty bases, packing, alignment, bit-fields, references, unions.
namespace lay {
struct Empty {};
struct Derived : Empty { int a; };
struct Virtual { virtual ~Virtual() {} char c; };
struct Both : Virtual, Empty { char d; int e; };
struct Diamond : virtual Virtual { short s; };
class Mixed { public: int a; private: char b; protected: double c; public: int &r; std::string s; static int none; };
struct __attribute__((packed)) Packed { char c; int i; std::vector<int> *p; int f() { return 0; } };
struct alignas(32) Aligned { char c; explicit Aligned(int) {} };
struct Bits { unsigned a : 3; unsigned : 0; int b : 5; bool c : 1; int get() { return a; } };
union Either { int i; double d; char c[12]; Either() {} };
struct Anonymous { char tag; union { int i; double d; }; struct { short a, b; } named; int m() { return 0; } };
enum class E : unsigned short { A };
struct Members { E e; E list[3]; int Derived::*p = nullptr; void (Derived::*f)() = nullptr; struct In { char x; long y; } in; };
struct Final final : Both { char z; };
template <typename T> struct Unsized { T t; };
struct Uses { Unsized<char> u; Unsized<double> v; };
}
