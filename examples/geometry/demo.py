"""Calls the installed package for real."""

import geometry

shapes = geometry.ffi.new("struct shape[]", 2)
shapes[0].kind = geometry.lib.SHAPE_BOX
shapes[0].box.width, shapes[0].box.height = 2, 3
shapes[1].kind = geometry.lib.SHAPE_CIRCLE
shapes[1].radius = 1
shapes[1].width = 31
assert geometry.distance((0, 0), (3, 4)) == 5
assert abs(geometry.total_area(shapes) - 9.14159265) < 1e-6
assert shapes[1].width == 31 and geometry.lib.GEOMETRY_MAX_POINTS == 16
print("distance     ", geometry.distance((0, 0), (3, 4)))
print("total area   ", round(geometry.total_area(shapes), 6))
