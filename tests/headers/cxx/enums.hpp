#pragma once
#include <cstdint>
// Enums: scoped, with underlying types, of namespaces and classes, without name.
enum Global { G0, G1 = 5 };
enum class Color : std::uint8_t { Red = 1, Green, None = 200 };
namespace n {
enum Old { OldA = 3, OldB = -4 };
enum Sized : short { Small = 7 };
enum { Anonymous = 11 };
enum class Plain { P = 1 };
class Holder {
public:
    enum class Mode : std::int64_t { Off, On = 0x100000000 };
    enum Level { Low = 1, High = 2 };
    enum { Limit = 99 };
    Mode mode = Mode::On;
    Level level(Level l) const { return l; }
};
inline Color invert(Color c) { return c == Color::Red ? Color::Green : Color::Red; }
}
