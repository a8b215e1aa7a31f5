# What `run` gives: [3, 2.5]
# distutils: language = c++
from libcpp.string cimport string
from libcpp.vector cimport vector
cimport decl

def run():
    cdef decl.Anonymous a
    a.i = 3
    cdef decl.Uses u
    u.v.t = 2.5
    return [a.i, u.v.t]
