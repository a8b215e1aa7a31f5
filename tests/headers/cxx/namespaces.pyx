# What `run` gives: [1, 9, 1, 3, 2, 22, 4, 10, 9, 22]
# distutils: language = c++
from libcpp.string cimport string
from libcpp.vector cimport vector
cimport decl

def run():
    cdef decl.Item a
    cdef decl.deep_Item b
    cdef decl.Fresh f
    return [a.v, b.v, decl.size(), decl.deep_size(), decl.fresh(), f.f, decl.unnamed(), decl.take(a, b), decl.reopened(b), decl.get().f]
