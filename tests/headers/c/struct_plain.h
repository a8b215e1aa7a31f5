struct point { int x, y; };
struct line { struct point from, to; };
struct polygon { struct point *points; unsigned count; struct line edges[4]; };
