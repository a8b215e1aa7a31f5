#pragma once
#include <string>
// Constructors, methods, access, fields, a destructor.
class Counter {
public:
    Counter() : value_(0) {}
    explicit Counter(int start) : value_(start) {}
    Counter(const Counter &other) = default;
    ~Counter() { --alive; }
    int value() const { return value_; }
    Counter &bump(int by = 1) { value_ += by; return *this; }
    std::string name = "counter";
    volatile int hidden_by_nothing = 3;
protected:
    int secret() { return 1; }
private:
    static inline int alive = 0;
    int value_;
};
struct Plain { int x; double y; };
struct WithMethod { int x; int twice() const { return 2 * x; } };
