# What `run` gives: [7, 3.5, [7, 7], 7.0, 7, 2, 7, 8, [1, 2], b'four']
# distutils: language = c++
from libcpp.string cimport string
from libcpp.vector cimport vector
cimport decl

def run():
    cdef decl.Box[int] b = decl.Box[int](7)
    cdef decl.Box[double] h = decl.half(b)
    cdef decl.Box[int].Node n = b.node()
    cdef decl.Pair[int, int] *p = new decl.Pair[int, int](1, 2)
    cdef decl.IntBox ib = b.copy()
    result = [b.get(), h.get(), b.twice(), b.as_[double](), n.item, p.second, ib.value, decl.first(decl.fixed()), decl.list(),
              decl.entry().second]
    del p
    return result
