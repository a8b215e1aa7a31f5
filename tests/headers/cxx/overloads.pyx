# What `run` gives: [3, 1, 102, b'x!', 1003, 1, 3]
# distutils: language = c++
from libcpp.string cimport string
from libcpp.vector cimport vector
cimport decl

def run():
    cdef decl.Store s
    cdef string t = b"x"
    return [s.at(2), s.put(1), s.put(1, 2), s.put(t), s.put(<const char *>b"a", 3), decl.Store.make(1), decl.Store.make(1, 2)]
