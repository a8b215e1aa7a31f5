# What `run` gives: [4, 6, -1, 6, 8, True, True, 10, 4, True]
# distutils: language = c++
from libcpp.string cimport string
from libcpp.vector cimport vector
cimport decl

from cython.operator cimport preincrement
def run():
    cdef decl.V a = decl.V(1, 2)
    cdef decl.V b = decl.V(3, 4)
    cdef decl.V c = a + b
    cdef decl.V d = -a
    cdef decl.V e = a * 5
    preincrement(b)
    return [c.x, c.y, d.x, c[1], b(2), a == a, a < b, e.y, b.x, True if a else False]
