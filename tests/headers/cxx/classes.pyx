# What `run` gives: [5, 6, b'counter', 3.5, 42]
# distutils: language = c++
from libcpp.string cimport string
from libcpp.vector cimport vector
cimport decl

def run():
    cdef decl.Counter a
    cdef decl.Counter *b = new decl.Counter(5)
    cdef decl.Plain p
    cdef decl.WithMethod w
    a.bump().bump(4)
    b.bump()
    p.x, p.y = 1, 2.5
    w.x = 21
    result = [a.value(), b.value(), a.name, p.x + p.y, w.twice()]
    del b
    return result
