#ifndef GEOMETRY_POINT_H
#define GEOMETRY_POINT_H

#include <stddef.h>

/** A point of the plane. */
typedef struct {
    double x, y;
} point;

/** Distance of two points. */
double point_distance(point from, point to);

#endif
