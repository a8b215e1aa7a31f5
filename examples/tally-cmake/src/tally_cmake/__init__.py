"""Counts events up to a limit."""

from ._tally import ffi, lib

__all__ = ["Tally", "ffi", "lib"]


@ffi.def_extern()
def tally_cmake_reached(tally, context):
    ffi.from_handle(context).reached.append(tally.count)


class Tally:
    """Counts; `reached` gets the limit each time that it is reached."""

    def __init__(self, limit, wrap=False):
        self._tally = ffi.new("tally *")
        if lib.tally_init(self._tally, limit, lib.TALLY_FLAG_WRAP if wrap else 0):
            raise ValueError("the limit must be 1 to {}".format(lib.TALLY_MAX_LIMIT))
        self.reached = []
        self._handle = ffi.new_handle(self)
        self._tally.reached = lib.tally_cmake_reached
        self._tally.context = self._handle

    @property
    def count(self):
        return self._tally.count

    def add(self, events=1):
        return lib.tally_add(self._tally, events)
