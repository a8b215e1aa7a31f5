"""Calls the installed package for real."""

import words_cpp

counts = words_cpp.count("The cat saw the other cat. THE END")
assert counts == {"the": 3, "cat": 2, "saw": 1, "other": 1, "end": 1}, counts
assert words_cpp.count("") == {}
print("counts       ", counts)
