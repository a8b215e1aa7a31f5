# What `run` gives: [3, 3.5, 21, 7, 10, 'negative', 2, 7, 1]
# distutils: language = c++
from libcpp.string cimport string
from libcpp.vector cimport vector
cimport decl

cdef double wide = 1.0
def run():
    try:
        fn_checked = decl.checked(-1)
    except ValueError as error:
        fn_checked = str(error)
    return [decl.add(1, 2), decl.add(wide, 2.0), decl.scaled(2), decl.scaled(2, 3), decl.scaled(2, 3, 4), fn_checked,
            decl.safe(1), decl.print_(7), decl.global_one()]
