# What `run` gives: [True, True, b'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa']
# distutils: language = c++
from libcpp.string cimport string
cimport decl

def run():
    cdef string packed, plain
    text = b"a" * 32
    size = decl.Compress(<const char *>text, 32, &packed)
    done = decl.Uncompress(<const char *>packed.data(), packed.size(), &plain)
    return [size == packed.size() < 32, done, plain]
