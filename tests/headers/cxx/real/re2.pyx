# What `run` gives: [True, False, 2, b'(a+)(b)']
# distutils: language = c++
from libcpp.string cimport string
cimport decl

def run():
    cdef string pattern = b"(a+)(b)"
    cdef decl.RE2 *re = new decl.RE2(pattern)
    cdef decl.RE2 *wrong = new decl.RE2(<const char *>b"(")
    result = [re.ok(), wrong.ok(), re.NumberOfCapturingGroups(), re.pattern()]
    del re
    del wrong
    return result
