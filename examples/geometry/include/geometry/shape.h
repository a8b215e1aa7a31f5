#ifndef GEOMETRY_SHAPE_H
#define GEOMETRY_SHAPE_H

#include "point.h"

/** What a shape is. */
enum shape_kind {
    SHAPE_CIRCLE,
    SHAPE_BOX,
};

/** A circle or an axis-parallel box. */
struct shape {
    enum shape_kind kind;
    unsigned int filled : 1;
    unsigned int width : 5;
    point origin;
    union {
        double radius;
        struct {
            double width, height;
        } box;
    };
};

#endif
