#ifndef GEOMETRY_H
#define GEOMETRY_H

#include "geometry/point.h"
#include "geometry/shape.h"

#define GEOMETRY_VERSION 0x0102
#define GEOMETRY_MAX_POINTS (1u << 4)

/** Called for each shape; a result other than 0 stops the walk. */
typedef int (*shape_visitor)(const struct shape *shape, void *context);

/** Area of a shape; negative if its kind is unknown. */
double shape_area(const struct shape *shape);

/** Walks an array of shapes; returns how many were visited. */
size_t shape_walk(const struct shape *shapes, size_t count, shape_visitor visit, void *context);

#endif
