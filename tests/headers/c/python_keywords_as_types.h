struct class { int x; }; typedef struct class def; typedef int None; union import { int a; }; enum from { in, is };
def *make(struct class *c, None n, union import i, enum from f);
