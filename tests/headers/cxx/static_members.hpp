#pragma once
// Static data members, constants, constexpr, variables of namespaces.
namespace st {
struct Config {
    static const int Width = 80;
    static constexpr double Ratio = 0.75;
    static inline int counter = 2;
    static int next() { return ++counter; }
    static constexpr const char *Name = "cfg";
};
constexpr int Max = 1 << 10;
const unsigned long long Big = 0xFFFFFFFFFFFFFFFFull;
inline int shared = 5;
static const char Letter = 'x';
}
const int TopLevel = 17;
