"""Asks C compilers whether constants of an IR document have the values that it says."""

import math
import re
import struct
import subprocess
from pathlib import Path

CLANGS = ["clang", "clang-19", "clang-18", "clang-17", "clang-16"]
# Errors are told where a macro is used, and all of them.
QUIET = {
    "gcc": ["-w", "-fmax-errors=0", "-ftrack-macro-expansion=0", "-fno-diagnostics-show-caret"],
    "clang": ["-w", "-ferror-limit=0", "-fmacro-backtrace-limit=1", "-fno-caret-diagnostics", "-fbracket-depth=2000"],
}
# gcc folds less of an assertion than of an initializer.
NOT_CONSTANT = "static assertion is not constant"
# Their sizes are those of the characters, whatever the platform.
UNITS = {2: "utf-16-le", 4: "utf-32-le"}


class Compiler:
    """A C compiler with its options; `runs` says whether its programs run here."""

    def __init__(self, kind, command, runs):
        self.kind = kind
        self.command = [*command, "-std=gnu17", *QUIET[kind]]
        self.runs = runs
        self.name = " ".join(command)

    def verdicts(self, prologue, values, folder):
        """`equal`, `differs`, `refused` or `not judged` for each name in `values` (name: the `value` of a constant in the IR)."""
        names = sorted(values)
        conditions = {name: condition(name, values[name], self) for name in names}
        found = {}
        for refused in self.errors(prologue, {name: "(void)sizeof({})".format(name) for name in names}, folder):
            found[refused] = "refused"
        left = {name: text for name, text in conditions.items() if name not in found}
        for wrong, message in self.errors(prologue, left if self.runs else asserted(left), folder).items():
            found[wrong] = "not judged" if NOT_CONSTANT in message else "differs"
            left.pop(wrong)
        if self.runs:
            found.update({name: "differs" for name in self.untrue(prologue, left, folder)})
        return {name: found.get(name, "equal") for name in names}

    def errors(self, prologue, statements, folder):
        """The names whose statements do not compile, with the first message."""
        source = write(folder, prologue, statements)
        done = run([*self.command, "-fsyntax-only", source.name], folder)
        lines = re.findall(r"probe\.c:(\d+):(?:\d+:)? (?:fatal )?error: (.*)", done.stderr)
        names, first = list(statements), prologue.count("\n") + 2
        places = [(int(line) - first, message) for line, message in reversed(lines)]
        found = {names[place]: message for place, message in places if 0 <= place < len(names)}
        if done.returncode and not found:
            raise RuntimeError("{}: {}".format(self.name, done.stderr[:2000]))
        return found

    def untrue(self, prologue, conditions, folder):
        """The names whose conditions are false in a program that runs."""
        names = list(conditions)
        statements = {name: "if (!({})) __builtin_printf(\"{}\\n\")".format(text, name) for name, text in conditions.items()}
        calls = "\n".join("    hk_{}();".format(index) for index in range(len(names)))
        source = write(folder, prologue, statements, "int main(void)\n{\n" + calls + "\n    return 0;\n}\n")
        done = run([*self.command, "-O0", "-o", "probe", source.name, "-Wl,--unresolved-symbols=ignore-all"], folder)
        if done.returncode:
            raise RuntimeError("{}: {}".format(self.name, done.stderr[:2000]))
        return run(["./probe"], folder).stdout.split()


def write(folder, prologue, statements, end=""):
    """One line for each statement, in a function of its own."""
    lines = ["static void hk_{}(void) {{ {}; }}".format(index, text) for index, text in enumerate(statements.values())]
    path = Path(folder, "probe.c")
    undefined = "#undef main\n#undef static\n"
    path.write_bytes((prologue + "\n" + "\n".join(lines) + "\n" + undefined + end).encode())
    return path


def run(command, folder):
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600)
    return subprocess.CompletedProcess(
        command, done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    )


def asserted(conditions):
    return {name: '_Static_assert({}, "")'.format(text) for name, text in conditions.items()}


def condition(name, value, compiler):
    """A C expression that is true where the macro has that value and its kind of type."""
    kind, value = next(iter(value.items()))
    return {
        "int": integer,
        "float": floating,
        "string": lambda name, text, _: string(name, text.encode()),
        "bytes": lambda name, units, _: string(name, bytes(units)),
        "wide": wide,
        "address": address,
        "name": lambda name, target, _: "&({}) == &({})".format(name, target),
    }[kind](name, value, compiler)


def integer(name, value, _):
    kind = "_Generic(({}), float: 0, double: 0, long double: 0, char *: 0, default: 1)".format(name)
    if value < 0:
        return "{0} && ({1}) < 0 && (long long)({1}) == -{2}ll - 1".format(kind, name, -1 - value)
    return "{0} && !(({1}) < 0) && (unsigned long long)({1}) == {2}ull".format(kind, name, value)


def floating(name, value, _):
    value = float(value)
    # `_Float64` is a type of its own to gcc.
    kind = "__builtin_classify_type({}) == 8".format(name)
    if math.isnan(value):
        return "{0} && __builtin_isnan({1})".format(kind, name)
    text = "__builtin_inf()" if math.isinf(value) else abs(value).hex()
    sign = "-" if struct.pack(">d", value)[0] & 0x80 else ""
    same = "(double)({}) == {}{}".format(name, sign, text)
    return "{} && {} && __builtin_copysign(1.0, ({})) == {}1.0".format(kind, same, name, sign)


def string(name, content):
    octal = "".join("\\{:03o}".format(byte) for byte in content)
    size = len(content) + 1
    return 'sizeof(({0})[0]) == 1 && sizeof({0}) == {1} && !__builtin_memcmp(({0}), "{2}", {1})'.format(name, size, octal)


def wide(name, text, compiler):
    """Of the unit's two possible sizes that which the macro has."""
    cases = []
    for size, encoding in UNITS.items():
        data = text.encode(encoding, "surrogatepass") + bytes(size)
        units = [int.from_bytes(data[at : at + size], "little") for at in range(0, len(data), size)]
        same = ["(({}))[{}] == {}u".format(name, at, unit) for at, unit in enumerate(units)]
        count = "sizeof({}) == {}".format(name, len(data))
        if compiler.kind == "gcc" and not compiler.runs:
            same = []
        cases.append("sizeof(({})[0]) == {} ? {} : ".format(name, size, " && ".join([count, *same])))
    return "(" + "".join(cases) + "0)"


def address(name, value, _):
    return "__builtin_classify_type({0}) == 5 && (__UINTPTR_TYPE__)({0}) == {1}ull".format(name, value)
