# What `run` gives: [4, 6, b'rex', 3, 4, 4, 1]
# distutils: language = c++
from libcpp.string cimport string
from libcpp.vector cimport vector
cimport decl

def run():
    cdef decl.Puppy p
    cdef decl.Dog *d = &p
    cdef decl.Animal *a = decl.make()
    cdef decl.Left left
    result = [p.legs(), d.bark(2), d.name(), p.age, a.legs(), decl.count(p), decl.count(left)]
    del a
    return result
