# What `run` gives: [True, 2, 3, b'[1, two]']
# distutils: language = c++
from libcpp.string cimport string
cimport decl

def run():
    cdef decl.Node node = decl.Load(<const char *>b"{a: [1, two], b: 3}")
    is_map, size, b = node.IsMap(), node.size(), node[string(b"b")].as_[int]()
    cdef decl.Node other = decl.Load(<const char *>b"[1, two]")
    return [is_map, size, b, decl.Dump(other)]
