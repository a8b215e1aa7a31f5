#pragma once
// Bases: public, private, virtual, multiple; abstract classes and overriding.
namespace zoo {
class Animal {
public:
    virtual ~Animal() = default;
    virtual int legs() const = 0;
    int age = 3;
};
class Named { public: const char *name() const { return "rex"; } };
class Hidden { public: int hidden() { return 0; } };
class Dog : public Animal, public Named, private Hidden {
public:
    int legs() const override { return 4; }
    virtual int bark(int times) { return times * 2; }
};
class Puppy final : public Dog { public: int bark(int times) override { return times * 3; } };
struct Left : virtual Animal { int legs() const override { return 1; } };
inline Animal *make() { return new Puppy(); }
inline int count(const Animal &animal) { return animal.legs(); }
}
