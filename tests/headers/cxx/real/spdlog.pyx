# What `run` gives: [True, 6, 7]
# distutils: language = c++
cimport decl

def run():
    kept = decl.get_level()
    decl.set_level(decl.off)
    return [kept != decl.get_level(), <int>decl.get_level(), <int>decl.n_levels]
