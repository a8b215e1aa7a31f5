"""Whether a Lua module is right for its header: LuaJIT and the C compiler are asked, standard library only.

`check` loads the module in a fresh LuaJIT and compares sizes, alignments, offsets, bit-field places and
integer constants with those of a C program, and looks up every function and variable in the libraries.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile

# Words of LuaJIT's C parser; the writer puts an underscore behind such names.
KEYWORDS = {"complex", "bool", "asm", "inline", "restrict", "__int8", "__int16", "__int32", "__int64"}

DUMP = r"""
local path, libraries = arg[1], {}
for i = 2, #arg do libraries[#libraries + 1] = arg[i] end
local chunk, problem = loadfile(path)
if not chunk then print("problem", "does not compile: " .. problem) os.exit(0) end
local ok, M = pcall(chunk)
if not ok then print("problem", "does not load: " .. tostring(M)) os.exit(0) end
local ffi = require("ffi")
for _, difference in ipairs(M.__verify()) do print("problem", "__verify: " .. difference) end
for line in M.__info.layouts:gmatch("[^\n]+") do
  local name, _, _, fields = line:match("^(.-)|(%d+)|(%d+)|(.*)$")
  local done, size = pcall(ffi.sizeof, name)
  if not done or not size then
    print("problem", name .. " has no size")
  else
    print("type", name, size, ffi.alignof(name))
    for field, bits in fields:gmatch("([^@ ]+)@%d+:?(%d*)") do
      local offset, position, width = ffi.offsetof(name, field)
      print("field", name, field, tostring(offset), tostring(position), tostring(width or tonumber(bits)))
    end
  end
end
for name, value in pairs(M) do
  if type(value) == "number" and value == math.floor(value) and math.abs(value) < 2^53 then
    print("constant", name, ("%.0f"):format(value))
  elseif type(value) == "number" then
    print("float", name, ("%a"):format(value))
  elseif type(value) == "cdata" then
    print("constant", name, (tostring(value):gsub("[UL]+$", "")))
  end
end
if #libraries > 0 then
  local loaded = {}
  for _, name in ipairs(libraries) do
    local done, library = pcall(ffi.load, name)
    if done then loaded[#loaded + 1] = library else print("problem", tostring(library)) end
  end
  loaded[#loaded + 1] = ffi.C
  for _, names in ipairs({M.__info.functions, M.__info.variables}) do
    for name, symbol in pairs(names) do
      local found, last = false, nil
      for _, library in ipairs(loaded) do
        local done, value = pcall(function() return library[symbol] end)
        found, last = found or done, value
      end
      if not found then print("missing", name, (tostring(last):gsub("%s+", " "))) end
    end
  end
end
-- Nothing may be an error when it is loaded again, as two modules that share types do.
local again, problem = pcall(loadfile(path))
if not again then print("problem", "does not load a second time: " .. tostring(problem)) end
"""


def check(header, lua_path, include_dirs=(), libraries=(), defines=(), allow_missing=False):
    """The list of what is wrong with the module at `lua_path`; empty if all is well.

    `allow_missing`: headers declare functions that a library need not have been built with.
    """
    luajit, compiler = shutil.which("luajit"), shutil.which("cc")
    if not luajit or not compiler:
        return ["luajit and cc are needed"]
    with tempfile.TemporaryDirectory() as scratch:
        script = os.path.join(scratch, "dump.lua")
        with open(script, "w", encoding="utf-8") as file:
            file.write(DUMP)
        dump = subprocess.run(
            [luajit, script, os.path.abspath(lua_path), *libraries], capture_output=True, text=True, check=False
        )
        if dump.returncode != 0:
            return [f"luajit: {dump.stderr.strip()}"]
        rows = [line.split("\t") for line in dump.stdout.splitlines()]
        problems = [row[1] for row in rows if row[0] == "problem"]
        if not allow_missing:
            problems += [f"no symbol for `{row[1]}`: {row[2]}" for row in rows if row[0] == "missing"]
        return problems + compare(rows, header, include_dirs, defines, compiler, scratch)


def spelled(name):
    """The name that C has for one that LuaJIT reads."""
    return name[:-1] if name.endswith("_") and name[:-1] in KEYWORDS else name


def same_float(one, other):
    """Whether two texts are the same floating-point number."""
    return "p" in one and "p" in other and float.fromhex(one) == float.fromhex(other)


def compare(rows, header, include_dirs, defines, compiler, scratch):
    """Differences between what LuaJIT said and what the C compiler says."""
    statements, said = [], []
    # Constants first: a macro of the same name as a field must go before the field can be named.
    rows = sorted(rows, key=lambda row: row[0] not in ("constant", "float"))

    def ask(what, values, statement):
        said.append((what, values))
        statements.append(statement)

    for row in rows:
        kind = row[0]
        if kind == "type":
            _, name, size, align = row
            if name.startswith("struct headerkit_bytes_"):
                continue
            c = " ".join(map(spelled, name.split(" ")))
            ask(name, [size, align], f"ROW sizeof({c}), (unsigned long long)_Alignof({c})); END")
        elif kind == "field":
            _, name, field, offset, position, width = row
            c, member = " ".join(map(spelled, name.split(" "))), spelled(field)
            # No macro can be called `defined`.
            undefine = "" if member == "defined" else f"\n#undef {member}\n"
            if offset == "nil":
                ask(f"{name}.{field}", ["no offset", ""], "ROW 0ULL, 0ULL); END")
                continue
            first = int(offset) * 8 + (0 if position == "nil" else int(position))
            if width == "nil":
                ask(f"{name}.{field}", [str(first), "0"], undefine + f"FIELD({c}, {member}, 0)")
            else:
                ask(f"{name}.{field}", [str(first), width], undefine + f"FIELD({c}, {member}, 1)")
        elif kind == "constant":
            _, name, value = row
            ask(name, [str(int(value) % 2**64), "0"], f"CONSTANT({name})")
        elif kind == "float":
            _, name, value = row
            ask(name, [value, "0"], f"FLOAT({name})")
    program = [f"#define {define}".replace("=", " ", 1) for define in defines]
    program += [f'#include "{os.path.abspath(header)}"' if os.path.exists(header) else f"#include <{header}>"]
    program += [
        "extern int printf(const char *, ...);",
        "extern void *memset(void *, int, __SIZE_TYPE__);",
        '#define ROW printf("%d %llu %llu\\n", ITEM, (unsigned long long)',
        "#define END break;",
        # Set to all ones over zeros, a field shows where its bits are.
        "#define FIELD(T, F, BITS) { static union { T t; unsigned char bytes[sizeof(T) + 1]; } u;"
        " __SIZE_TYPE__ i, first = ~(__SIZE_TYPE__)0, count = 0;"
        " PLACE##BITS(T, F) ROW first, (unsigned long long)(BITS ? count : 0)); END }",
        "#define PLACE0(T, F) { __typeof__(((T *)0)->F) *member = ADDRESS(u.t.F);"
        " first = ((unsigned char *)(void *)member - u.bytes) * 8; (void)i; }",
        "#define ADDRESS(X) ((void *)&(X))",
        "#define PLACE1(T, F) { memset(&u, 0, sizeof u); u.t.F = ~(__typeof__(u.t.F + 0))0;"
        " for (i = 0; i < sizeof(T) * 8; i++) if (u.bytes[i / 8] >> i % 8 & 1) { count++;"
        " if (first == ~(__SIZE_TYPE__)0) first = i; } }",
        # A negative floating-point number has no unsigned value.
        "#define CONSTANT(X) ROW ((X) < 0 ? (unsigned long long)(long long)(X) : (unsigned long long)(X)), 0ULL); END",
        '#define FLOAT(X) printf("%d %a 0\\n", ITEM, (double)(X)); END',
        "int main(void) {",
    ]
    first_line = len(program)
    command = [compiler, "-w", "-fmax-errors=0", "-x", "c", "-std=gnu17"]
    command += [f"-I{directory}" for directory in include_dirs]
    alive = dict(enumerate(statements))
    source, binary = os.path.join(scratch, "truth.c"), os.path.join(scratch, "truth")
    for _ in range(5):
        body, where = [], {}
        for index, statement in alive.items():
            before, _, statement = statement.rpartition("\n")
            body += before.split("\n") if before else []
            where[first_line + len(body) + 1] = index
            body.append(f"for (;;) {{ enum {{ ITEM = {index} }}; {statement} }}")
        with open(source, "w", encoding="utf-8") as file:
            file.write("\n".join([*program, *body, "return 0; }"]) + "\n")
        built = subprocess.run([*command, source, "-o", binary], capture_output=True, text=True, check=False)
        if built.returncode == 0:
            break
        # What C itself refuses to name (a field of a type that the header undefines, a macro that is no
        # expression by itself) is not compared, but a type that C does not have is a problem.
        lines = {int(line) for line in re.findall(r"truth\.c:(\d+):\d+: (?:error|note)", built.stderr)}
        refused = {where[line] for line in lines if line in where}
        if not refused:
            return [f"the C program does not compile: {built.stderr[:2000]}"]
        for index in refused:
            del alive[index]
    else:
        return [f"the C program does not compile: {built.stderr[:2000]}"]
    refused = [f"C does not have {said[index][0]}" for index in range(len(said)) if index not in alive]
    truth = subprocess.run([binary], capture_output=True, text=True, check=True)
    problems = []
    for line in truth.stdout.splitlines():
        index, *values = line.split(" ")
        what, expected = said[int(index)]
        if values != expected and not same_float(values[0], expected[0]):
            problems.append(f"{what}: LuaJIT has {expected}, C has {values}")
    return problems + refused


if __name__ == "__main__":
    found = check(sys.argv[1], sys.argv[2], libraries=sys.argv[3:])
    print("\n".join(found))
    sys.exit(1 if found else 0)
