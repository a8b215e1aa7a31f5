# What `run` gives: [5, 2, -4, 7, 11, 1, 4294967296, 2, 99, 2]
# distutils: language = c++
from libcpp.string cimport string
from libcpp.vector cimport vector
cimport decl

def run():
    cdef decl.Holder h
    return [decl.G1, <int>decl.Color.Green, decl.OldB, decl.Small, decl.Anonymous, <int>decl.Plain.P, <long long>h.mode,
            <int>h.level(decl.Holder_High), decl.Holder_Limit, <int>decl.invert(decl.Color.Red)]
