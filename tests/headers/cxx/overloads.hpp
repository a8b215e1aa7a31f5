#pragma once
#include <string>
// Overloads by number and type of arguments, and by the object's constness.
struct Store {
    int data[4] = {1, 2, 3, 4};
    int &at(int i) { return data[i]; }
    const int &at(int i) const { return data[i]; }
    int put(int v) { return v; }
    int put(int a, int b) { return a * 100 + b; }
    std::string put(const std::string &text) { return text + "!"; }
    int put(const char *text, int n) { return n + (text ? 1000 : 0); }
    static int make(int a) { return a; }
    static int make(int a, int b) { return a + b; }
};
