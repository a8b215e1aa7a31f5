"""Calls the installed package for real."""

import ring_cffi

ring = ring_cffi.Ring(3)
assert not ring
for number in range(5):
    ring.push(number)
assert len(ring) == 3 and ring.newest() == [4, 3, 2] and ring.dropped == [0, 1]
try:
    ring_cffi.Ring(ring_cffi.lib.RING_MAX_CAPACITY + 1)
except ValueError as error:
    print("too large    ", error)
else:
    raise AssertionError("a capacity that is too large is accepted")
print("newest       ", ring.newest())
print("dropped      ", ring.dropped)
