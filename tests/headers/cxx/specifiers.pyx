# What `run` gives: [9, 2, 4, 7, 10, 5, 6, 3]
# distutils: language = c++
cimport decl

def run():
    square = new decl.Square(3)
    pair = new decl.Pair(3, 4)
    cdef decl.Counted counted
    counted.count = 3
    area = square.area()
    square.area()
    return [area, square.calls, decl.Square_Sides, pair.sum(), decl.twice(5), decl.largest[int](2, 5),
            decl.Table[0] + decl.Table[1] + decl.Table[2], counted.count]
