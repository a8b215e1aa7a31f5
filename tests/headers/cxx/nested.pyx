# What `run` gives: [2, 3, 9, 2, 8, 12, True, True]
# distutils: language = c++
from libcpp.string cimport string
from libcpp.vector cimport vector
cimport decl

cdef int call(int n, void *data) noexcept nogil:
    return n + (<int *>data)[0]
def run():
    cdef decl.Outer o
    cdef decl.Outer.Inner i = o.inner
    cdef decl.Outer.Inner.Core c = o.core()
    cdef decl.Later l
    cdef int five = 5
    o.as_int = 8
    o.pair_.b = 12
    return [i.i, c.c, o.run(call, &five), l.get().i, o.as_int, o.pair_.b, o.later == NULL, o.opaque() == NULL]
