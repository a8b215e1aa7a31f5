-- Asks LuaJIT what it made of a module; see measure.py.
--
--     luajit measure.lua MODULE QUESTIONS
--
-- QUESTIONS has one line for each: `record NAME`, `field NAME PATH`, `constant NAME`, `function NAME`, the
-- words separated by tabs. Each line that has an answer is printed with it.

local ffi = require("ffi")
local M = assert(loadfile(arg[1]))()

-- What stands for a number that is no integer and for a string, as in measure.py.
local function text(value)
  if type(value) == "string" then
    return "s:" .. value:gsub(".", function(byte) return ("%02x"):format(byte:byte()) end)
  end
  local bits = ffi.cast("uint32_t *", ffi.new("double[1]", value))
  return value ~= value and "f:nan" or ("f:%08x%08x"):format(bits[1], bits[0])
end

local function answer(...)
  print(table.concat({ ... }, "\t"))
end

for line in io.lines(arg[2]) do
  local kind, name, field = line:match("^(%w+)\t([^\t]+)\t?([^\t]*)$")
  if kind == "record" then
    local known, size = pcall(ffi.sizeof, name)
    if known and size then answer(line, size) end
  elseif kind == "field" then
    local known, offset, position, width = pcall(ffi.offsetof, name, field)
    if known and offset then answer(line, offset * 8 + (position or 0), width or "") end
  elseif kind == "constant" then
    local value = rawget(M, name)
    if type(value) == "cdata" then
      answer(line, tostring(value):match("^-?%d+"))
    elseif value ~= nil then
      answer(line, type(value) == "number" and field == "" and ("%.0f"):format(value) or text(value))
    end
  elseif M.__info.functions[name] then
    local resolved = pcall(function() return M[name] end)
    answer(line, resolved and "resolved" or "declared")
  end
end
