# What `run` gives: [7, 7, 1, 2, 3]
# distutils: language = c++
cimport decl

def run():
    cdef decl.Box[int] box
    cdef decl.User user
    cdef decl.Chain[int] chain
    cdef decl.Walker[int] walker = chain.begin()
    box.value = 7
    return [user.open(box), user.boxed.get(), walker.get(), walker.get(), walker.whole().begin().chain.items[2]]
