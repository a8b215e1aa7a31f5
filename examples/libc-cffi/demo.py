"""Calls the installed package for real."""

import libc_cffi

assert libc_cffi.sort([3, 1, 2]) == [1, 2, 3]
assert libc_cffi.divide(17, 5) == (3, 2)
assert libc_cffi.ffi.string(libc_cffi.lib.strerror(2))
print("qsort        ", libc_cffi.sort([30, 10, 20]))
print("div(17, 5)   ", libc_cffi.divide(17, 5))
