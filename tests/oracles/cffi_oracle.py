"""Whether a cdef is true for a header: cffi reads it, and the C compiler has the last word.

Each check returns a list of problems, empty where all is well. Needs cffi and a C compiler (`cc`).
"""

import ctypes.util
import json
import os
import re
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

CC = os.environ.get("CC", "cc")
# What headers may want to know of the program that includes them.
DEFINES = ["-D_GNU_SOURCE", "-DSDL_MAIN_HANDLED", "-std=gnu17"]
STRICT = ["-Wall", "-Werror=incompatible-pointer-types", "-Werror=discarded-qualifiers"]
# Functions of glibc that are linked into every program and are in no shared library.
_STATIC = {"atexit", "at_quick_exit", "pthread_atfork"}
# A deprecated function is bound all the same, a header's own static functions and variables need not be used, and
# cffi's check of a packed record's fields takes their addresses.
SILENT = ["-Wno-deprecated-declarations", "-Wno-unused-function", "-Wno-unused-variable", "-Wno-address-of-packed-member"]


def check_abi(header, cdef_path, include_dirs=(), libraries=(), defines=(), before=""):
    """What the ABI mode gets wrong: layouts, constants, and functions that no library holds.

    `libraries` are names as linkers take them (`z`), or paths; without any no function is looked up.
    `before` is C text that comes before the inclusion, `defines` are `NAME=VALUE`.
    """
    try:
        seen = _ask(_READ, {"cdef": str(cdef_path), "libraries": list(map(_library, libraries))})
    except _Failed as failure:
        return ["cffi does not read it: {}".format(failure)]
    return seen["problems"] + _compared(seen, header, include_dirs, defines, before, libraries)


def check_api(header, cdef_path, include_dirs=(), libraries=(), defines=(), before=""):
    """What the API mode gets wrong: warnings and errors of the compiler, an import that fails,
    attributes that cannot be read, constants of another value."""
    with tempfile.TemporaryDirectory() as folder:
        c_file = Path(folder, "_oracle.c")
        request = {"cdef": str(cdef_path), "out": str(c_file), "source": _include(header, before)}
        try:
            _ask(_EMIT, request)
        except _Failed as failure:
            return ["cffi does not read it: {}".format(failure)]
        module = Path(folder, "_oracle" + sysconfig.get_config_var("EXT_SUFFIX"))
        includes = [sysconfig.get_path("include"), *map(str, include_dirs)]
        links = [_link(library) for library in libraries]
        command = [CC, *DEFINES, *_flags((), defines), *STRICT, *SILENT, "-O0", "-fPIC", "-shared"]
        command += _flags(includes, ()) + [str(c_file), "-o", str(module)] + links
        # A library may lack what its header declares; the module could not be imported then.
        trial = _run([*command, "-w", "-Wl,-z,defs"])
        lacking = set(re.findall(r"undefined reference to [`']([\w$]+)'", trial.stderr))
        stubs = Path(folder, "stubs.c")
        stubs.write_text("".join("char {}[64];\n".format(name) for name in sorted(lacking) if "Py" not in name))
        command.append(str(stubs))
        done = _run(command)
        found = [line for line in done.stderr.splitlines() if re.search(r":\d+:\d+: (error|warning): ", line)]
        problems = ["compiler: " + re.sub(r"^\S*?:(\d+):\d+: ", "", line) for line in found]
        if done.returncode:
            return problems or ["compiler: " + done.stderr]
        try:
            seen = _ask(_IMPORT, {"folder": folder})
        except _Failed as failure:
            return [*problems, "the module does not work: {}".format(failure)]
    # The import has resolved them all.
    seen["missing"] = []
    return problems + seen["problems"] + _compared(seen, header, include_dirs, defines, before, libraries)


def macro_values(header, include_dirs=(), defines=(), before=""):
    """Every object-like macro after the inclusion that the compiler takes as an integer, float or string:
    its value as Python has it. Macros of the compiler itself are not among them."""
    own = _macros("", include_dirs, defines)
    names = sorted(name for name in _macros(_include(header, before), include_dirs, defines) if name not in own)
    kinds = ["ASK_INT", "ASK_FLOAT", "ASK_STRING"]
    lines = [("{}({});".format(kind, name), ()) for name in names for kind in kinds]
    answers, _ = _values(header, lines, include_dirs, defines, before)
    read = {"i": int, "f": float.fromhex, "s": bytes.fromhex}
    return {names[index // 3]: read[answer[0]](answer[2:]) for index, answer in sorted(answers.items())}


class _Failed(Exception):
    pass


_SHOW = """
#include <stddef.h>
#include <stdio.h>
#include <string.h>
static void show_i(long long value, int negative) {
    if (negative) printf("%lld", value); else printf("%llu", (unsigned long long)value);
}
static void show_int(long long value, int negative) { printf("i "); show_i(value, negative); }
static void show_float(double value) { printf("f %a", value); }
static void show_string(const char *text, size_t size) {
    printf("s ");
    for (size_t i = 0; i < size; i++) printf("%02x", (unsigned char)text[i]);
}
static void show_bits(const void *memory, size_t size) {
    long first = -1, width = 0;
    for (size_t bit = 0; bit < size * 8; bit++)
        if (((const unsigned char *)memory)[bit / 8] >> bit % 8 & 1) {
            if (first < 0) first = (long)bit;
            width++;
        }
    printf("[%ld, %ld]", first, width);
}
#define SHOW_INT(x) show_i((long long)(x), (x) < 0)
#define SHOW_BITS(type, field) do { static union { type it; unsigned char all[sizeof(type)]; } u; \\
    u.it.field = (__typeof__(u.it.field + 0))-1; show_bits(&u, sizeof(u)); } while (0)
#define IS_INT(x) _Generic((x), _Bool: 1, char: 1, signed char: 1, unsigned char: 1, short: 1, unsigned short: 1, \\
    int: 1, unsigned: 1, long: 1, unsigned long: 1, long long: 1, unsigned long long: 1, default: 0)
#define IS_FLOAT(x) _Generic((x), float: 1, double: 1, long double: 1, default: 0)
#define ASK_INT(x) _Static_assert(IS_INT(x), ""); static const __typeof__(x) v = (x); show_int((long long)v, v < 0)
#define ASK_FLOAT(x) _Static_assert(IS_FLOAT(x), ""); static const __typeof__(x) v = (x); show_float((double)v)
#define ASK_STRING(x) static const char v[] = x; (void)sizeof((x)[0]); show_string(v, sizeof(v) - 1)
"""

# Macros that the questions need.
_OWN_MACROS = {"SHOW_BITS", "offsetof", "static", "void", "volatile", "sizeof", "struct", "union", "enum"}

_COMMON = """
import json, sys
import cffi
request = json.load(sys.stdin)
problems = []
def layout(ctype):
    fields = []
    members = ctype.fields if ctype.kind in ("struct", "union") else None
    for name, field in members or ():
        inner = None
        if field.type.kind in ("struct", "union") and (not name or "$" in field.type.cname):
            if field.type.fields is not None:
                inner = layout(field.type)
        is_bits = field.bitsize >= 0
        at = [field.offset * 8 + field.bitshift, field.bitsize] if is_bits else field.offset
        fields.append([name, at, inner])
    return [ffi.sizeof(ctype), ffi.alignof(ctype), fields]
"""

_READ = (
    _COMMON
    + """
ffi = cffi.FFI()
ffi.cdef(open(request["cdef"], encoding="utf-8").read())
lib = ffi.dlopen(None)
libraries = [ffi.dlopen(name) for name in request["libraries"]] + [lib]
def holds(library, name):
    try:
        return hasattr(library, name)
    except KeyError:
        # So cffi speaks of variables.
        return False
layouts, constants, missing = {}, {}, []
for key, (declared, _) in list(ffi._parser._declarations.items()):
    kind, _, name = key.partition(" ")
    if "$" in name:
        continue
    try:
        if isinstance(declared, cffi.model.RawFunctionType):
            continue
        if kind in ("struct", "union", "enum", "typedef"):
            ctype = ffi.typeof(name if kind == "typedef" else key)
            if ctype.kind == "void":
                continue
            if ctype.kind in ("struct", "union") and ctype.fields is None:
                continue
            if ctype.kind == "array" and ctype.length is None:
                continue
            seen = layout(ctype)
            # A record in an unnamed record of its own is one whose alignment cffi cannot say.
            if tuple(getattr(declared, "fldnames", None) or ()) == ("",):
                seen[1] = None
            layouts[name if kind == "typedef" else key] = seen
        elif kind in ("function", "variable"):
            if request["libraries"] and not any(holds(one, name) for one in libraries):
                missing.append(name)
        elif kind == "constant" or kind == "macro":
            constants[name] = getattr(lib, name)
    except Exception as error:
        problems.append("%s: %s: %s" % (key, type(error).__name__, error))
for name in ffi._parser._int_constants:
    constants[name] = getattr(lib, name)
constants = {name: value for name, value in constants.items() if isinstance(value, int)}
answer = {"problems": problems, "layouts": layouts, "constants": constants, "missing": missing}
json.dump(answer, sys.stdout)
"""
)

_EMIT = (
    _COMMON
    + """
ffi = cffi.FFI()
ffi.cdef(open(request["cdef"], encoding="utf-8").read())
ffi.set_source("_oracle", request["source"])
ffi.emit_c_code(request["out"])
print("\\n{}")
"""
)

_IMPORT = (
    _COMMON
    + """
sys.path.insert(0, request["folder"])
from _oracle import ffi, lib
constants = {}
for name in dir(lib):
    try:
        value = getattr(lib, name)
        if type(value) is int:
            constants[name] = value
    except Exception as error:
        problems.append("%s: %s: %s" % (name, type(error).__name__, error))
def is_complete(ctype):
    try:
        return ffi.sizeof(ctype) >= 0
    except ffi.error as error:
        if "don't know the size" in str(error):
            return False
        raise
typedefs, structs, unions = ffi.list_types()
layouts = {}
names = [name for name in typedefs if "$" not in name]
names += ["struct " + name for name in structs if "$" not in name]
names += ["union " + name for name in unions if "$" not in name]
for name in names:
    try:
        ctype = ffi.typeof(name)
        if ctype.kind in ("struct", "union"):
            # The fields of an opaque record make some versions of cffi abort.
            if is_complete(ctype):
                layouts[name] = layout(ctype)
    except Exception as error:
        # That is how cffi speaks of a typedef of a function.
        if "is a function type, not a pointer" not in str(error):
            problems.append("%s: %s: %s" % (name, type(error).__name__, error))
json.dump({"problems": problems, "layouts": layouts, "constants": constants}, sys.stdout)
"""
)


def _compared(seen, header, include_dirs, defines, before, libraries):
    """What cffi has seen against what the compiler says."""
    problems = []
    lines, wanted = [], []
    for name, value in seen["constants"].items():
        lines.append("SHOW_INT({});".format(name))
        wanted.append((name, value))
    constants = len(lines)
    for name, layout in seen["layouts"].items():
        _question(name, layout, lines, wanted)
    # Some headers have macros for the members of their records, which would get in the way. A type may be one itself.
    hidden = {word for line in lines[constants:] for word in re.findall(r"[\w$]+", line)} - _OWN_MACROS - set(seen["layouts"])
    lines = [(line, hidden if index == constants else ()) for index, line in enumerate(lines)]
    for name in seen["missing"]:
        lines.append(("static void *volatile p; p = (void *)&{};".format(name), ()))
        wanted.append((name, ""))
    answers, errors = _values(header, lines, include_dirs, defines, before, libraries)
    for index, (what, value) in enumerate(wanted):
        if value == "":
            # What no C program can link either is missing in the library, or static for good.
            if index not in errors and what not in _STATIC:
                problems.append("no library holds {}".format(what))
        elif "undefined reference" in errors.get(index, ""):
            # A variable that no library holds; API mode counts `const` ones among the constants.
            continue
        elif index in errors:
            problems.append("{}: the compiler says: {}".format(what, errors[index]))
        elif what.startswith("alignof(") and " " not in what and int(answers[index]) > value:
            # An attribute of a typedef aligns it further, which no cdef can say.
            continue
        elif answers[index] != str(value):
            problems.append("{} is {}, not {}".format(what, answers[index], value))
    return problems


def _question(name, layout, lines, wanted):
    size, align, fields = layout
    lines.append('printf("%zu", sizeof({}));'.format(name))
    wanted.append(("sizeof({})".format(name), size))
    if align is not None:
        lines.append('printf("%zu", _Alignof({}));'.format(name))
        wanted.append(("alignof({})".format(name), align))
    _members(name, fields, "", 0, lines, wanted)


def _members(name, fields, path, base, lines, wanted):
    """`base` is where the record with the members begins, in bytes; `path` leads to it."""
    for field, at, inner in fields:
        if isinstance(at, list):
            if field:
                lines.append("SHOW_BITS({}, {});".format(name, path + field))
                wanted.append(("bits of {}.{}".format(name, path + field), [at[0] + base * 8, at[1]]))
            continue
        if field:
            lines.append('printf("%zu", offsetof({}, {}));'.format(name, path + field))
            wanted.append(("offsetof({}, {})".format(name, path + field), at + base))
        if inner:
            _members(name, inner[2], path + field + "." if field else path, at + base, lines, wanted)


def _include(header, before):
    return '{}\n#include "{}"\n'.format(before, header)


def _flags(include_dirs, defines):
    return ["-I" + str(folder) for folder in include_dirs] + ["-D" + define for define in defines]


def _values(header, lines, include_dirs, defines, before, libraries=()):
    """What each line prints, and the compiler's errors, both by the line's index. With each line go the
    macros to undefine before it."""
    top = _include(header, before) + _SHOW
    errors = {}
    with tempfile.TemporaryDirectory() as folder:
        source, program = Path(folder, "ask.c"), Path(folder, "ask")
        # Every question is a function of its own, at a line that tells its index.
        base = [CC, *DEFINES, *_flags(include_dirs, defines), "-w", "-O0", "-g1"]
        links = [_link(library) for library in libraries]
        for _ in range(6):
            questions = []
            for index, (line, hidden) in enumerate(lines):
                questions += ["#undef {}\n".format(name) for name in sorted(hidden)]
                if index not in errors:
                    question = '# {} "question.c"\nstatic void q{}(void) {{ {} }}\n'
                    questions.append(question.format(index + 1, index, line))
            calls = [
                '    printf("{0} "); q{0}(); printf("\\n");\n'.format(index)
                for index in range(len(lines))
                if index not in errors
            ]
            text = "{}\n{}# 1 \"main.c\"\n#undef main\nint main(void)\n{{\n{}    return 0;\n}}\n"
            source.write_text(text.format(top, "".join(questions), "".join(calls)))
            done = _run([*base, "-fmax-errors=0", str(source), "-o", str(program), *links])
            if done.returncode == 0:
                break
            new = re.findall(r"^question\.c:(\d+):(?:\d+:)? error: (.*)$", done.stderr, re.M)
            # An error may stand in the header, at the definition of a macro that the question uses.
            for part in done.stderr.split("question.c: In function ")[1:]:
                message = re.search(r"error: (.*)$", part, re.M)
                if message:
                    index = int(re.match(r"\W*q(\d+)", part).group(1))
                    new.append((index + 1, message.group(1)))
            linked = re.findall(r"question\.c:(\d+):? .*(undefined reference.*)", done.stderr)
            if not new and not linked:
                raise AssertionError(done.stderr[:2000])
            for line, message in new + linked:
                errors.setdefault(int(line) - 1, message)
        else:
            raise AssertionError("the compiler never agrees: " + done.stderr[:2000])
        printed = _run([str(program)])
    if printed.returncode:
        raise AssertionError("the program ends with {}".format(printed.returncode))
    answers = {}
    for line in printed.stdout.splitlines():
        index, _, value = line.partition(" ")
        answers[int(index)] = value
    return answers, errors


def _macros(text, include_dirs, defines):
    command = [CC, *DEFINES, *_flags(include_dirs, defines), "-dM", "-E", "-x", "c", "-"]
    done = _run(command, text)
    if done.returncode:
        raise AssertionError(done.stderr)
    return set(re.findall(r"^#define ([A-Za-z_$][\w$]*)(?= |$)", done.stdout, re.M))


def _library(name):
    if os.path.sep in str(name):
        return str(name)
    return ctypes.util.find_library(str(name)) or "lib{}.so".format(name)


def _link(name):
    return str(name) if os.path.sep in str(name) else "-l" + str(name)


def _ask(script, request):
    """Runs a script in an interpreter of its own."""
    done = _run([sys.executable, "-c", script], json.dumps(request))
    if done.returncode:
        raise _Failed(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "it crashed")
    return json.loads(done.stdout.splitlines()[-1])


def _run(command, text=""):
    return subprocess.run(
        command, input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True
    )


if __name__ == "__main__":
    check = {"abi": check_abi, "api": check_api}[sys.argv[1]]
    found = check(sys.argv[2], sys.argv[3], libraries=sys.argv[4:])
    print("\n".join(found) or "no problem")
    sys.exit(bool(found))
