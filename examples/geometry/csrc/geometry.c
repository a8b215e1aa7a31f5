#include "geometry.h"

#include <math.h>

double point_distance(point from, point to)
{
    return sqrt((from.x - to.x) * (from.x - to.x) + (from.y - to.y) * (from.y - to.y));
}

double shape_area(const struct shape *shape)
{
    switch (shape->kind) {
    case SHAPE_CIRCLE:
        return 3.141592653589793 * shape->radius * shape->radius;
    case SHAPE_BOX:
        return shape->box.width * shape->box.height;
    }
    return -1;
}

size_t shape_walk(const struct shape *shapes, size_t count, shape_visitor visit, void *context)
{
    size_t index = 0;

    while (index < count && visit(&shapes[index], context) == 0)
        index++;
    return index;
}
