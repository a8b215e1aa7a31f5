struct outer {
    struct inner { int a; struct deepest { char c; } d; } i;
    enum mode { ON, OFF } m;
    union choice { int x; float y; } u;
};
struct inner reuse(struct deepest d, union choice c, enum mode m);
