# What `run` gives: [{b'a': 1, b'b': 2}, {1: [b'x']}, (1, b'p'), [1, 3], 4, 6, 3, 6, 2, 5, 256, True, 3, [True, False]]
# distutils: language = c++
from libcpp.string cimport string
from libcpp.vector cimport vector
cimport decl

from cython.operator cimport dereference
def run():
    cdef vector[int] v = [3, 1, 3]
    return [decl.ages(), decl.groups(), decl.pair(), sorted(decl.unique(v)), dereference(decl.shared(4)).id,
            dereference(decl.owned()).id, decl.count(decl.things(3)), decl.sum(decl.fixed()), decl.apply(decl.twice()),
            decl.maybe(True).value(), decl.wide(1), decl.flag(False), decl.size_of(v), list(decl.bits())]
