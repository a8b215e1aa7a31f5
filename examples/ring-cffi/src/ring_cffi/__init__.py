"""A ring buffer in C, with a callback into Python."""

from ._ring import ffi, lib

__all__ = ["Ring", "ffi", "lib"]


@ffi.def_extern()
def ring_cffi_dropped(value, context):
    ffi.from_handle(context).dropped.append(value)


class Ring:
    """The newest `capacity` numbers; `dropped` has those that they pushed out."""

    def __init__(self, capacity):
        result = ffi.new("ring **")
        status = lib.ring_new(capacity, result)
        if status == lib.RING_NO_MEMORY:
            raise MemoryError
        if status != lib.RING_OK:
            raise ValueError("the capacity must be 1 to {}".format(lib.RING_MAX_CAPACITY))
        self.dropped = []
        self._ring = ffi.gc(result[0], lib.ring_free)
        self._handle = ffi.new_handle(self)
        lib.ring_on_drop(self._ring, lib.ring_cffi_dropped, self._handle)

    def __len__(self):
        return lib.ring_length(self._ring)

    def __bool__(self):
        return not lib.ring_is_empty(self._ring)

    def push(self, value):
        lib.ring_push(self._ring, value)

    def newest(self):
        """The numbers, newest first."""
        return [lib.ring_at(self._ring, age) for age in range(len(self))]
