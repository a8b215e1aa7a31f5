-- Asks LuaJIT what it made of a module; see measure.py.
--
--     luajit measure.lua MODULE QUESTIONS
--
-- QUESTIONS has one line for each: `record NAME`, `field NAME PATH`, `constant NAME`, `function NAME`, the
-- words separated by tabs. Each line that has an answer is printed with it.

local ffi = require("ffi")
local M = assert(loadfile(arg[1]))()

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
    if value ~= nil and type(value) ~= "string" then
      answer(line, type(value) == "number" and ("%.0f"):format(value) or tostring(value):match("^-?%d+"))
    end
  elseif M.__info.functions[name] then
    local resolved = pcall(function() return M[name] end)
    answer(line, resolved and "resolved" or "declared")
  end
end
