-- Calls what hard.c defines through the generated module: arg[1] is the module, arg[2] the library.
local ffi = require("ffi")
local M = dofile(arg[1])
M.__load(arg[2])

local function equal(what, actual, expected)
  if actual ~= expected then
    error(("%s: %s instead of %s"):format(what, tostring(actual), tostring(expected)), 2)
  end
end

-- Records by value, of every class that the calling convention has.
local point = M.make_point(3, 4)
equal("make_point.x", point.x, 3)
equal("make_point.y", point.y, 4)
equal("add_points", M.add_points(point, {5, 6}), 18)
local natural = M.pass_natural(ffi.new("struct natural", {1, 2, 3, 4, 5}))
equal("natural.a", natural.a, 2)
equal("natural.d", natural.d, 5LL)
equal("natural.e", natural.e, 6)
local field, aligned = ffi.new("struct fieldalign"), ffi.new("struct aligned", {10})
field.a, field.b, field.c = 1, 2, 3
equal("on_stack", M.on_stack(100, field, aligned, 1000), 1116)
equal("packed17", M.sum_mid(ffi.new("struct packed17", {1, 2.5, 3})), 6.5)
equal("union", M.sum_union(ffi.new("union u", {c = 2.5})), 2.5)
equal("floats", M.sum_floats(ffi.new("struct floats", {1, 2, 3.5})), 6.5)
equal("complex", M.conj_of(ffi.new("complex float", 1, 2)).im, -2)

-- Bit-fields, by C's reading of what Lua wrote.
local bits = ffi.new("struct bits")
bits.a, bits.b, bits.c, bits.d, bits.e = 5, -3, 1000, true, 7
equal("bits", M.sum_bits(bits), 5 - 3 + 1000 + 1 + 7)
local mixed = ffi.new("struct mixed")
mixed.b, mixed.c, mixed.d, mixed.e = 2, -100, 5, 77777
equal("mixed", M.sum_mixed(mixed), 2 - 100 + 5 + 77777)

-- Names.
equal("asm label", M.renamed(4), 5)
equal("bool_first", M.bool_first(true, 4, point), 8)
equal("end", M["end"], 5)
equal("variadic", M.vari(3, ffi.cast("int", 4)), 3)
equal("without prototype", M.old_style(), 9)
equal("large", M.large(), 18446744073709551615ULL)

-- Variables are read and written where they are.
equal("counter", M.counter, 3)
M.counter = 8
equal("counter", M.counter, 8)
equal("words", ffi.string(M.words[1]), "two")
equal("global_natural", M.global_natural.c, 3)

-- Constants.
equal("TEXT", M.TEXT, "a\"b\\c\n\1" .. "2\255")
equal("I64", M.I64, 0x123456789abcLL)
equal("I64_MIN", M.I64_MIN, -9223372036854775808LL)
equal("FLOATY", M.FLOATY, 0.1)
equal("STATIC_DOUBLE", M.STATIC_DOUBLE, 1.5)
equal("BIG_TWO", M.BIG_TWO, 4294967296LL)
equal("LOWEST", M.LOWEST, -2147483648)
equal("ffi.C.GREEN", ffi.C.GREEN, M.GREEN)

-- What is not there says so when it is used.
equal("left out", M.sum_packed, nil)
local found, problem = pcall(function() return M.not_in_library end)
equal("missing", found, false)
assert(tostring(problem):find("`not_in_library` cannot be used", 1, true), problem)
equal("__verify", #M.__verify(), 0)
