"""zlib, called through generated ctypes bindings."""

import ctypes

from . import _zlib

__all__ = ["compress", "crc32", "decompress", "version"]


def version():
    """Version of the zlib library at hand."""
    return _zlib.zlibVersion().decode()


def crc32(data, start=0):
    """CRC-32 of some bytes."""
    return _zlib.crc32(start, _buffer(data), len(data))


def compress(data, level=_zlib.Z_BEST_COMPRESSION):
    """Bytes in zlib format."""
    size = ctypes.c_ulong(_zlib.compressBound(len(data)))
    target = (ctypes.c_ubyte * size.value)()
    _check(_zlib.compress2(target, ctypes.byref(size), _buffer(data), len(data), level))
    return bytes(target[: size.value])


def decompress(data, size):
    """The `size` bytes that `compress` was given."""
    length = ctypes.c_ulong(size)
    target = (ctypes.c_ubyte * max(size, 1))()
    _check(_zlib.uncompress(target, ctypes.byref(length), _buffer(data), len(data)))
    return bytes(target[: length.value])


def _buffer(data):
    return (ctypes.c_ubyte * max(len(data), 1)).from_buffer_copy(data or b"\0")


def _check(status):
    if status != _zlib.Z_OK:
        raise ValueError(_zlib.zError(status).decode())
