struct __attribute__((packed)) wire { char tag; int length; short flags; double value; void *p; };
struct holds_wire { char c; struct wire w; int i; };
struct wires { struct wire w[3]; };
