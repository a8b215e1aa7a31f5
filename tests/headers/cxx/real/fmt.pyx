# What `run` gives: [5, b'hello', True]
# distutils: language = c++
cimport decl

def run():
    cdef decl.string_view view = decl.string_view(b"hello", 5)
    cdef decl.string_view other = decl.string_view(b"hello!")
    return [view.size(), view.data()[:view.size()], view.compare(other) < 0]
