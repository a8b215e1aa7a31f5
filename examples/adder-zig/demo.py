"""Calls the installed package for real."""

import sys

import adder_zig

assert adder_zig.add(40, 2) == 42
try:
    adder_zig.add(sys.maxsize, 1)
except OverflowError as error:
    print("overflow     ", error)
else:
    raise AssertionError("an overflow goes unnoticed")
print("add(40, 2)   ", adder_zig.add(40, 2))
