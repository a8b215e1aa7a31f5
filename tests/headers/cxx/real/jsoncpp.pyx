# What `run` gives: [3, 2, b'x', True]
# distutils: language = c++
from libcpp.string cimport string
cimport decl

def run():
    cdef decl.Value value = decl.Value(decl.objectValue)
    cdef string text = b"x"
    cdef decl.Value *three = new decl.Value(<int>3)
    cdef decl.Value *name = new decl.Value(text)
    value[b"a"]
    cdef decl.Value array = decl.Value(decl.arrayValue)
    array.append(three[0])
    array.append(name[0])
    result = [array[<int>0].asInt(), array.size(), array[<int>1].asString(), value.isObject()]
    del three
    del name
    return result
