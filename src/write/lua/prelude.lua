local ffi = require("ffi")

-- C declarations are global to LuaJIT's state: what another module has declared already is taken over
-- if it has the same size, since declaring it twice is an error.
local function known(name, size)
  local ok, actual = pcall(ffi.sizeof, name)
  if not ok or not actual then
    return false
  end
  if actual ~= size then
    error(("`%s` is declared with %d bytes already, here it has %d"):format(name, actual, size), 0)
  end
  return true
end

local function define(name, size, text)
  if not known(name, size) then
    ffi.cdef(text)
  end
end

-- The constants of an enum are refused together if one of their names is taken; `plain` declares the
-- type without them, and this module's table has their values in any case.
local function define_enum(name, text, plain)
  if name and known(name, 4) then
    return
  end
  if not pcall(ffi.cdef, text) and plain then
    ffi.cdef(plain)
  end
end
