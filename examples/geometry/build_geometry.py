"""Tells cffi what to compile; the cdef is there because the build backend wrote it first."""

from pathlib import Path

from cffi import FFI

ffi = FFI()
ffi.cdef(Path("src/geometry/geometry.cdef.txt").read_text(encoding="utf-8"))
ffi.set_source(
    "geometry._native",
    '#include "geometry.h"',
    include_dirs=["include"],
    sources=["csrc/geometry.c"],
)
