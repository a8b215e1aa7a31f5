"""Whether a ctypes module is right for its header: the interpreter and the C compiler are asked.

`check` imports the module in a fresh interpreter and compares sizes, alignments, offsets, the bits that
bit-fields occupy and integer constants with those of a C program, and looks for every function that the header
declares and a library defines. Standard library only.
"""

import json
import keyword
import os
import re
import shutil
import subprocess
import sys
import tempfile

DUMP = r"""
import ctypes, importlib.util, json, sys

spec = importlib.util.spec_from_file_location("module_under_test", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)

def layout(cls):
    fields = {}
    for name, _, *bits in getattr(cls, "_fields_", ()):
        if bits:
            fields[name] = filled(cls, name)
        elif not name.startswith("_hk_"):
            fields[name] = [getattr(cls, name).offset, getattr(cls, name).size]
    for name, value in vars(cls).items():
        if isinstance(value, property):
            fields[name] = filled(cls, name)
    return {"size": ctypes.sizeof(cls), "align": ctypes.alignment(cls), "fields": fields}

def filled(cls, name):
    value = cls()
    setattr(value, name, -1)
    return bytes(value).hex()

classes, bare, constants = {}, [], {}
for name, value in list(vars(module).items()):
    if name.startswith("_hk_"):
        continue
    if isinstance(value, type) and issubclass(value, (ctypes.Structure, ctypes.Union)):
        if hasattr(value, "_fields_"):
            classes[name] = layout(value)
        else:
            bare.append(name)
    elif type(value) is int:
        constants[name] = value
callables = [n for n, v in vars(module).items() if isinstance(v, ctypes._CFuncPtr)]
json.dump({"wrong": module.__verify__(), "missing": module.__missing__, "classes": classes, "bare": bare,
           "constants": constants, "functions": callables, "version": sys.version_info[:2]}, sys.stdout)
"""

C_START = """
#include <stddef.h>
#include <stdio.h>
#include <string.h>
static void dump(const char *what, const void *p, size_t n) {
    printf("%s=", what);
    for (size_t i = 0; i < n; i++) printf("%02x", ((const unsigned char *)p)[i]);
    puts("");
}
"""


def check(header, module_path, include_dirs=(), libraries=(), defines=(), before=(), python=sys.executable):
    """The list of what is wrong with the module at `module_path`; empty if all is well.

    `header` is a path, `before` are headers that must be included first, `libraries` are paths of shared
    libraries or what the dynamic loader finds.
    """
    compiler = shutil.which("cc")
    if not compiler:
        return ["cc is needed"]
    done = subprocess.run(
        [python, "-c", DUMP, module_path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True
    )
    if done.returncode:
        return ["does not import: " + (done.stderr.strip().splitlines() or ["?"])[-1]]
    found = json.loads(done.stdout)
    problems = ["__verify__: " + line for line in found["wrong"]]
    flags = ["-w", "-std=gnu17", *("-I" + path for path in include_dirs), *("-D" + name for name in defines)]
    with tempfile.TemporaryDirectory() as scratch:
        program = Program([*before, header], [compiler, *flags], scratch)
        problems += compare_layouts(found, program)
        # Without headers of our own, which may complete what this one leaves incomplete.
        problems += unsized(found["bare"], Program([*before, header], [compiler, *flags], scratch, ""))
        problems += compare_constants(found, program)
        problems += compare_functions(found, program, header, libraries)
    return problems


class Program:
    """A C program with the header, of which statements that do not compile are left out."""

    def __init__(self, headers, command, scratch, includes=C_START):
        self.command = command
        self.source = os.path.join(scratch, "ask.c")
        self.binary = os.path.join(scratch, "ask")
        # A header may rename `main`.
        names = [os.path.abspath(name) if os.path.isfile(name) else name for name in headers]
        self.start = "".join('#include "{}"\n'.format(name) for name in names) + includes + "#undef main\n"

    def compile(self, text, *arguments):
        with open(self.source, "w", encoding="utf-8") as stream:
            stream.write(text)
        command = [*self.command, *arguments, self.source]
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)

    def answers(self, statements):
        """What the statements print, `name=value` a line, as a dictionary."""
        first = self.start.count("\n") + 2
        while statements:
            text = self.start + "int main(void) {\n" + "\n".join(statements) + "\nreturn 0; }\n"
            done = self.compile(text, "-fmax-errors=0", "-o", self.binary)
            if done.returncode == 0:
                printed = subprocess.run([self.binary], stdout=subprocess.PIPE, check=True).stdout
                pairs = (line.partition("=") for line in printed.decode().splitlines())
                return {name: value for name, _, value in pairs}
            # Errors in an expansion of a macro are told at the statement, too.
            lines = re.findall(r"^" + re.escape(self.source) + r":(\d+):", done.stderr, re.M)
            bad = {int(line) - first for line in lines}
            kept = [statement for index, statement in enumerate(statements) if index not in bad]
            if len(kept) == len(statements):
                raise RuntimeError(done.stderr.strip()[:500])
            statements = kept
        return {}


def spellings(name):
    """How C may call what the module calls `name`."""
    names = [name, name[:-1]] if keyword.iskeyword(name[:-1]) else [name]
    for prefix in ("struct_", "union_"):
        if name.startswith(prefix):
            names.append(name[len(prefix) :])
    return ["{} {}".format(kind, name).strip() for name in names for kind in ("", "struct", "union")]


def unsized(classes, program):
    """Classes that cannot be made though C knows what is in them."""
    tags = [(name, spelled) for name in classes for spelled in spellings(name) if " " in spelled]
    question = '{{ __builtin_printf("{0} is bare, but has %zu bytes=\\n", sizeof({1})); }}'
    answers = program.answers([question.format(*tag) for tag in tags])
    return sorted(answer for answer in answers if " 0 bytes" not in answer)


def compare_layouts(found, program):
    classes = found["classes"]
    # In blocks: the wrong word for a tag hides the right one up to the end of its block.
    sizes = [
        '{{ printf("{0}@{1}=%zu %zu\\n", sizeof({1}), _Alignof({1})); }}'.format(name, spelled)
        for name in classes
        for spelled in spellings(name)
    ]
    known = {}
    for key, answer in program.answers(sizes).items():
        name, _, spelled = key.partition("@")
        # The tag of a record and a typedef of something else may share a name.
        same = answer.split()[0] == str(classes[name]["size"])
        if name not in known or (same and not known[name][2]):
            known[name] = (spelled, answer, same)
    problems, questions = [], []
    for name, (spelled, answer, _) in known.items():
        given = classes[name]
        size, align = map(int, answer.split())
        if size != given["size"]:
            problems.append("{} has {} bytes, not {}".format(name, size, given["size"]))
        capped = found["version"] < [3, 13] and given["align"] < align and given["align"] in (4, 8, 16)
        if align != given["align"] and not capped:
            problems.append("{} is aligned to {}, not {}".format(name, align, given["align"]))
        for field, place in given["fields"].items():
            what = "{}.{}".format(name, field)
            if isinstance(place, str):
                text = "{{ {0} s; memset(&s, 0, sizeof s); s.{1} = -1; dump(\"{2}\", &s, sizeof s); }}"
            else:
                # A flexible array has no size.
                text = (
                    "{{ {0} s; printf(\"{2}=%zu %zu\\n\", offsetof({0}, {1}), "
                    "sizeof s.{1}); }}"
                ) if place[1] else "printf(\"{2}=%zu 0\\n\", offsetof({0}, {1}));"
            questions.append(text.format(spelled, field, what))
    for what, answer in program.answers(questions).items():
        name, _, field = what.partition(".")
        place = classes[name]["fields"][field]
        given = place if isinstance(place, str) else "{} {}".format(*place)
        if answer != given:
            problems.append("{} is at {}, not {}".format(what, answer, given))
    return problems


def compare_constants(found, program):
    statement = 'printf(({0}) < 0 ? "{0}=%lld\\n" : "{0}=%llu\\n", (long long)({0}));'
    answers = program.answers([statement.format(name) for name in found["constants"]])
    constants = found["constants"]
    return [
        "{} is {}, not {}".format(name, value, constants[name])
        for name, value in answers.items()
        if int(value) != constants[name]
    ]


def compare_functions(found, program, header, libraries):
    """Functions that the header itself declares, a library defines, and the module lacks."""
    listing = program.binary + ".functions"
    program.compile(program.start, "-fsyntax-only", "-aux-info", listing)
    declared = set()
    with open(listing, encoding="utf-8", errors="replace") as stream:
        for line in stream:
            place = re.match(r"/\* (.*):\d+:[NOI]C \*/ (.*)", line)
            if place and os.path.realpath(place.group(1)) == os.path.realpath(header):
                # The name stands before the first parenthesis that is not that of an attribute or a pointer.
                name = re.search(r"(\w+) \(", place.group(2))
                if name and not place.group(2).startswith("static"):
                    declared.add(name.group(1))
    present = set(found["functions"]) | {name.rstrip("_") for name in found["functions"]}
    lacking = sorted(declared - present)
    script = (
        "import ctypes, json, sys\n"
        "names = json.load(sys.stdin)\n"
        "libraries = [ctypes.CDLL(path) for path in sys.argv[1:]]\n"
        "json.dump([n for n in names if any(hasattr(l, n) for l in libraries)], sys.stdout)\n"
    )
    command = [sys.executable, "-c", script, *libraries]
    done = subprocess.run(command, input=json.dumps(lacking), stdout=subprocess.PIPE, universal_newlines=True)
    if done.returncode:
        return ["no library can be loaded of " + ", ".join(libraries)]
    return ["lacks function {}".format(name) for name in json.loads(done.stdout)]


if __name__ == "__main__":
    found_problems = check(sys.argv[1], sys.argv[2], (), sys.argv[3:])
    print("\n".join(found_problems))
    sys.exit(1 if found_problems else 0)
