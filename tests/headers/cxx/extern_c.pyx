# What `run` gives: [7, 6, 4, 3, 12, 5]
# distutils: language = c++
from libcpp.string cimport string
from libcpp.vector cimport vector
cimport decl

def run():
    cdef decl.ec_point p
    cdef decl.Methods m
    p.x, p.y = 3, 4
    m.v = 6
    return [decl.ec_add(p), m.get(), decl.EC_B, decl.EC_VERSION, decl.EcLimit, decl.identity[int](5)]
