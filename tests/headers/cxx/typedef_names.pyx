# What `run` gives: [115, 0, 1, 3, 5, 0, 7, 4, 6, 1, 1]
# distutils: language = c++
cimport decl

def run():
    cdef decl.R r
    r.q = 104
    r.e = decl.B
    cdef decl.Own own = decl.O
    cdef decl.Other other = decl.T
    cdef decl.First first = decl.Q
    cdef decl.Second second = first
    cdef decl.S s
    s.e = decl.A
    s.z.z = 3
    s.like.b = 5
    cdef decl.S.Deep deep
    deep.level = decl.S_Deep_Y
    cdef decl.S.Like like = s.like
    cdef decl.Same same
    same.a = 4
    cdef decl.again_R k
    k.k = 5
    cdef decl.S.In inside = decl.S_D
    return [decl.all(decl.B, second, own, other, r), s.e, inside, s.z.z, like.b, <int>decl.S_X, deep.level, same.a,
            decl.both(decl.B2, k), decl.outside(decl.GB), r.e]
