local library
local load_problems = {}

-- The library that the functions come from: the first candidate that loads, else the process itself.
local function loaded()
  if library then
    return library
  end
  for _, name in ipairs(candidates) do
    local ok, result = pcall(ffi.load, name)
    if ok then
      library = result
      return library
    end
    load_problems[#load_problems + 1] = tostring(result)
  end
  library = ffi.C
  return library
end

local function index(from, name)
  return from[name]
end

local function resolve(name, symbol)
  local ok, value = pcall(index, loaded(), symbol)
  if ok then
    return value
  end
  local problem = ("`%s` cannot be used: %s"):format(name, tostring(value))
  if #load_problems > 0 then
    problem = problem .. "\nno library could be loaded:\n  " .. table.concat(load_problems, "\n  ")
  end
  error(problem, 3)
end

--- Takes the functions from the library of that name or path instead.
function M.__load(name)
  library = ffi.load(name)
  load_problems = {}
  for function_name in pairs(functions) do
    M[function_name] = nil
  end
end

--- Compares the layout of every type with the recorded one; returns the list of differences, which is
--- empty if all is well.
function M.__verify()
  local problems = {}
  local function expect(what, actual, expected)
    if actual ~= expected then
      problems[#problems + 1] = ("%s is %s instead of %s"):format(what, tostring(actual), tostring(expected))
    end
  end
  for line in layouts:gmatch("[^\n]+") do
    local name, size, align, fields = line:match("^(.-)|(%d+)|(%d+)|(.*)$")
    local ok, actual = pcall(ffi.sizeof, name)
    expect("the size of " .. name, ok and actual or nil, tonumber(size))
    if ok and actual then
      expect("the alignment of " .. name, ffi.alignof(name), tonumber(align))
      for field, bit, width in fields:gmatch("([^@ ]+)@(%d+):?(%d*)") do
        local offset, position, bits = ffi.offsetof(name, field)
        local what = ("the place of `%s` in %s"):format(field, name)
        if not offset or (bits and ffi.abi("be")) then
          expect(what, offset and tonumber(bit), tonumber(bit))
        else
          expect(what, offset * 8 + (position or 0), tonumber(bit))
        end
        expect(what .. ": its width", bits or tonumber(width), tonumber(width))
      end
    end
  end
  return problems
end

--- What the module holds: names of functions and variables (with the names that C knows them by), and
--- one line `type|size|align|field@bit[:width] ...` for each type with a layout.
M.__info = { functions = functions, variables = variables, layouts = layouts }

return setmetatable(M, {
  __index = function(_, name)
    local symbol = functions[name]
    if symbol then
      local value = resolve(name, symbol)
      rawset(M, name, value)
      return value
    end
    symbol = variables[name]
    return symbol and resolve(name, symbol)
  end,
  __newindex = function(_, name, value)
    local symbol = variables[name]
    if symbol then
      loaded()[symbol] = value
    else
      rawset(M, name, value)
    end
  end,
})
