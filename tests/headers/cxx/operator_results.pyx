# What `run` gives: [[], [], [], [9, 4, 14, 3, 24, False], [7, 8, True, 7], [3, 4]]
# distutils: language = c++
cimport decl

from cython.operator cimport dereference, postincrement, predecrement, preincrement

cdef list lost_numbers():
    cdef decl.Numbers s
    lost = []
    cdef int *cell
    cell = &s[1]
    cell[0] = 1
    if s.cells[1] != 1: lost.append('[]')
    cell = &s(1)
    cell[0] = 2
    if s.cells[1] != 2: lost.append('()')
    cell = &s.at(1)
    cell[0] = 3
    if s.cells[1] != 3: lost.append('at')
    cell = &dereference(s)
    cell[0] = 4
    if s.cells[1] != 4: lost.append('*u')
    cell = &(~s)
    cell[0] = 5
    if s.cells[1] != 5: lost.append('~')
    cell = &(+s)
    cell[0] = 6
    if s.cells[1] != 6: lost.append('+u')
    cell = &(-s)
    cell[0] = 7
    if s.cells[1] != 7: lost.append('-u')
    cell = &predecrement(s)
    cell[0] = 8
    if s.cells[1] != 8: lost.append('--')
    cell = &(s << 1)
    cell[0] = 9
    if s.cells[1] != 9: lost.append('<<')
    cell = &(s >> 1)
    cell[0] = 10
    if s.cells[1] != 10: lost.append('>>')
    cell = &(s + 1)
    cell[0] = 11
    if s.cells[1] != 11: lost.append('+')
    cell = &(s - 1)
    cell[0] = 12
    if s.cells[1] != 12: lost.append('-')
    cell = &(s * 1)
    cell[0] = 13
    if s.cells[1] != 13: lost.append('*')
    cell = &(s / 1)
    cell[0] = 14
    if s.cells[1] != 14: lost.append('/')
    cell = &(s % 1)
    cell[0] = 15
    if s.cells[1] != 15: lost.append('%')
    cell = &(s | 1)
    cell[0] = 16
    if s.cells[1] != 16: lost.append('|')
    cell = &(s & 1)
    cell[0] = 17
    if s.cells[1] != 17: lost.append('&')
    cell = &(s ^ 1)
    cell[0] = 18
    if s.cells[1] != 18: lost.append('^')
    cell = &(s == 1)
    cell[0] = 19
    if s.cells[1] != 19: lost.append('==')
    cell = &(s != 1)
    cell[0] = 20
    if s.cells[1] != 20: lost.append('!=')
    cell = &(s < 1)
    cell[0] = 21
    if s.cells[1] != 21: lost.append('<')
    cell = &(s > 1)
    cell[0] = 22
    if s.cells[1] != 22: lost.append('>')
    cell = &(s <= 1)
    cell[0] = 23
    if s.cells[1] != 23: lost.append('<=')
    cell = &(s >= 1)
    cell[0] = 24
    if s.cells[1] != 24: lost.append('>=')
    return lost

cdef list lost_plains():
    cdef decl.Plains s
    lost = []
    s[1].set(1)
    if s.cells[1].v != 1: lost.append('[]')
    s(1).set(2)
    if s.cells[1].v != 2: lost.append('()')
    s.at(1).set(3)
    if s.cells[1].v != 3: lost.append('at')
    dereference(s).set(4)
    if s.cells[1].v != 4: lost.append('*u')
    (~s).set(5)
    if s.cells[1].v != 5: lost.append('~')
    (+s).set(6)
    if s.cells[1].v != 6: lost.append('+u')
    (-s).set(7)
    if s.cells[1].v != 7: lost.append('-u')
    predecrement(s).set(8)
    if s.cells[1].v != 8: lost.append('--')
    (s << 1).set(9)
    if s.cells[1].v != 9: lost.append('<<')
    (s >> 1).set(10)
    if s.cells[1].v != 10: lost.append('>>')
    (s + 1).set(11)
    if s.cells[1].v != 11: lost.append('+')
    (s - 1).set(12)
    if s.cells[1].v != 12: lost.append('-')
    (s * 1).set(13)
    if s.cells[1].v != 13: lost.append('*')
    (s / 1).set(14)
    if s.cells[1].v != 14: lost.append('/')
    (s % 1).set(15)
    if s.cells[1].v != 15: lost.append('%')
    (s | 1).set(16)
    if s.cells[1].v != 16: lost.append('|')
    (s & 1).set(17)
    if s.cells[1].v != 17: lost.append('&')
    (s ^ 1).set(18)
    if s.cells[1].v != 18: lost.append('^')
    (s == 1).set(19)
    if s.cells[1].v != 19: lost.append('==')
    (s != 1).set(20)
    if s.cells[1].v != 20: lost.append('!=')
    (s < 1).set(21)
    if s.cells[1].v != 21: lost.append('<')
    (s > 1).set(22)
    if s.cells[1].v != 22: lost.append('>')
    (s <= 1).set(23)
    if s.cells[1].v != 23: lost.append('<=')
    (s >= 1).set(24)
    if s.cells[1].v != 24: lost.append('>=')
    return lost

cdef list lost_givens():
    cdef decl.Givens s
    lost = []
    s[1].set(1)
    if s.cells[1].v != 1: lost.append('[]')
    s(1).set(2)
    if s.cells[1].v != 2: lost.append('()')
    s.at(1).set(3)
    if s.cells[1].v != 3: lost.append('at')
    dereference(s).set(4)
    if s.cells[1].v != 4: lost.append('*u')
    (~s).set(5)
    if s.cells[1].v != 5: lost.append('~')
    (+s).set(6)
    if s.cells[1].v != 6: lost.append('+u')
    (-s).set(7)
    if s.cells[1].v != 7: lost.append('-u')
    predecrement(s).set(8)
    if s.cells[1].v != 8: lost.append('--')
    (s << 1).set(9)
    if s.cells[1].v != 9: lost.append('<<')
    (s >> 1).set(10)
    if s.cells[1].v != 10: lost.append('>>')
    (s + 1).set(11)
    if s.cells[1].v != 11: lost.append('+')
    (s - 1).set(12)
    if s.cells[1].v != 12: lost.append('-')
    (s * 1).set(13)
    if s.cells[1].v != 13: lost.append('*')
    (s / 1).set(14)
    if s.cells[1].v != 14: lost.append('/')
    (s % 1).set(15)
    if s.cells[1].v != 15: lost.append('%')
    (s | 1).set(16)
    if s.cells[1].v != 16: lost.append('|')
    (s & 1).set(17)
    if s.cells[1].v != 17: lost.append('&')
    (s ^ 1).set(18)
    if s.cells[1].v != 18: lost.append('^')
    (s == 1).set(19)
    if s.cells[1].v != 19: lost.append('==')
    (s != 1).set(20)
    if s.cells[1].v != 20: lost.append('!=')
    (s < 1).set(21)
    if s.cells[1].v != 21: lost.append('<')
    (s > 1).set(22)
    if s.cells[1].v != 22: lost.append('>')
    (s <= 1).set(23)
    if s.cells[1].v != 23: lost.append('<=')
    (s >= 1).set(24)
    if s.cells[1].v != 24: lost.append('>=')
    return lost

def run():
    cdef decl.Counter c, old
    counted = []
    ((c << 1) << 2) << 5
    preincrement(c)
    counted.append(c.n)
    (c >> 2) >> 3
    counted.append(c.n)
    old = postincrement(c)
    counted.append(c.n)
    c = 3
    counted.append(c.n)
    counted.append((c + 21).n)
    counted.append(c == old)
    cdef decl.Constant k
    constant = [k[0].get(), dereference(k), &k[0] == &k.own and &dereference(k) == &k.number, k.get().get()]
    cdef decl.Shelf[decl.Plain] shelf
    shelf[0].set(3)
    (shelf << 1).set(4)
    return [lost_numbers(), lost_plains(), lost_givens(), counted, constant, [shelf.cells[0].v, shelf.cells[1].v]]
