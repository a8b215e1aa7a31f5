# What `run` gives: [10, 1, b't', 7, 7]
# distutils: language = c++
from libcpp.string cimport string
from libcpp.vector cimport vector
cimport decl

def run():
    cdef decl.Ref a, b
    cdef int x = 4
    b.value = 9
    a.swap(b)
    cdef int *g = &a.get()
    g[0] += 1
    decl.increase(x, 3)
    cdef decl.Holder *h = new decl.Holder(x)
    result = [a.value, b.value, a.text(), x, h.bound]
    del h
    return result
