# What `run` gives: [2.5, 102, (1, 2.5), 4.0, 3.0, 6]
# distutils: language = c++
from libcpp.string cimport string
from libcpp.vector cimport vector
cimport decl

def run():
    cdef vector[double] v = [1.5, 2.5]
    cdef decl.Maker *m = decl.maker(6)
    result = [decl.larger[double](1.5, 2.5), decl.larger[int](1, 2), decl.both[int, double](1, 2.5), decl.total[double](v),
              m.make[double](3), m.kept]
    del m
    return result
