"""A small C library, compiled through cffi's API mode."""

from ._native import ffi, lib

__all__ = ["distance", "ffi", "lib", "total_area"]


def distance(start, end):
    """Distance of two points given as pairs."""
    return lib.point_distance(start, end)


def total_area(shapes):
    """Sum of the areas of C shapes (`ffi.new("struct shape[]", ...)`), summed up in a callback."""
    areas = []

    @ffi.callback("shape_visitor")
    def visit(shape, _context):
        areas.append(lib.shape_area(shape))
        return 0

    visited = lib.shape_walk(shapes, len(shapes), visit, ffi.NULL)
    assert visited == len(areas)
    return sum(areas)
