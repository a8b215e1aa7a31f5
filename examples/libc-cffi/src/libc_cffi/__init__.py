"""Functions of the C library, called through cffi's ABI mode."""

from pathlib import Path

from cffi import FFI

ffi = FFI()
ffi.cdef(Path(__file__).with_name("libc.cdef.txt").read_text(encoding="utf-8"))
lib = ffi.dlopen(None)


def sort(numbers):
    """A sorted list, by `qsort` with a Python callback as comparison."""
    array = ffi.new("int[]", numbers)

    @ffi.callback("int(const void *, const void *)")
    def compare(left, right):
        return ffi.cast("const int *", left)[0] - ffi.cast("const int *", right)[0]

    lib.qsort(array, len(numbers), ffi.sizeof("int"), compare)
    return list(array)


def divide(numerator, denominator):
    """Quotient and remainder, by `div`, which returns a struct by value."""
    result = lib.div(numerator, denominator)
    return result.quot, result.rem
