"""Calls the installed package for real."""

import tally_cmake

tally = tally_cmake.Tally(3, wrap=True)
assert tally.add(7) == 2 and tally.count == 1 and tally.reached == [3, 3]
once = tally_cmake.Tally(2)
assert once.add(9) == 1 and once.count == 2
try:
    tally_cmake.Tally(0)
except ValueError as error:
    print("no limit     ", error)
else:
    raise AssertionError("a limit of 0 is accepted")
print("version      ", tally_cmake.ffi.string(tally_cmake.lib.TALLY_VERSION).decode())
print("reached      ", tally.reached)
