"""Calls the installed package for real."""

import zlib

import zlib_ctypes

text = b"the quick brown fox jumps over the lazy dog " * 100
packed = zlib_ctypes.compress(text)
assert zlib_ctypes.crc32(text) == zlib.crc32(text)
assert zlib_ctypes.decompress(packed, len(text)) == text
assert zlib.decompress(packed) == text
print("zlib", zlib_ctypes.version(), "through", zlib_ctypes._zlib.__name__)
print("crc32        0x{:08x}".format(zlib_ctypes.crc32(text)))
print("round trip   {} -> {} -> {} bytes".format(len(text), len(packed), len(text)))
