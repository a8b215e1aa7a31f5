"""Cython and the C compiler as judges of a ``.pxd``.

``check`` reads the declarations as Cython does, writes a module that uses each of them, compiles it
with ``-Werror=incompatible-pointer-types`` so that the C compiler compares every declared type with
the header's, imports it, and compares sizes and constants with those of a C program.

Run by hand: ``python cython_oracle.py HEADER PXD [-I DIR]... [-l LIB]... [-D DEFINE]...``
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile

ENVIRONMENT = {**os.environ, "LC_ALL": "C"}
STRICT = [
    "-Werror=incompatible-pointer-types", "-Werror=int-conversion", "-Wno-deprecated-declarations",
    "-Wno-address-of-packed-member",
]

KINDS = ("types", "functions", "variables", "constants")

# Reads a .pxd with Cython's own compiler and prints what it declares as JSON.
READ = r'''
import json, sys
from Cython.Compiler import Errors, Options
from Cython.Compiler.Main import Context
from Cython.Compiler.Options import CompilationOptions, default_options

directory, module = sys.argv[1:]
options = CompilationOptions(default_options, language_level=3, include_path=[directory])
context = Context.from_options(options)
Errors.init_thread()
try:
    scope = context.find_module(module)
except Errors.CompileError:
    sys.exit("Cython rejects the .pxd")
if Errors.get_errors_count():
    sys.exit("Cython rejects the .pxd")

def by_itself(type):
    """The type behind typedefs."""
    while type.is_typedef:
        type = type.typedef_base_type
    return type

def is_complete(type):
    type = by_itself(type)
    if type.is_struct_or_union:
        return type.scope is not None
    if type.is_array:
        return type.size is not None and is_complete(type.base_type)
    return not (type.is_void or type.is_cfunction or type.is_pyobject)

def fields_of(type):
    found = []
    for name, entry in (type.scope.entries if type.scope else {}).items():
        field = by_itself(entry.type)
        found.append({"name": name, "is_int": bool(field.is_int or field.is_enum), "is_array": bool(field.is_array),
                      "c_name": entry.cname})
    return found

report = {"types": [], "functions": [], "variables": [], "constants": []}
for name, entry in scope.entries.items():
    type = entry.type
    if type.is_pyobject:
        continue
    if entry.is_type:
        # A typedef of a complex type is nothing but Cython's own type to it.
        c_name = name if type.is_complex else type.empty_declaration_code()
        item = {"name": name, "c": c_name, "is_complete": is_complete(type), "fields": []}
        if by_itself(type).is_struct_or_union and not type.is_typedef:
            item["fields"] = fields_of(type)
        report["types"].append(item)
    elif entry.is_cfunction:
        report["functions"].append({"name": name, "c": entry.cname})
    elif entry.is_const and (type.is_int or type.is_enum):
        report["constants"].append({"name": name, "c": entry.cname, "is_int": True})
    elif entry.is_variable:
        shown = by_itself(type)
        is_macro = type.is_cv_qualified if hasattr(type, "is_cv_qualified") else False
        is_string = type.is_ptr and type.base_type.is_cv_qualified and by_itself(type.base_type.cv_base_type).is_int
        report["variables"].append({
            "name": name, "c": entry.cname, "is_const": bool(is_macro),
            "is_int": bool(is_macro and by_itself(type.cv_base_type).is_int),
            "is_pointer": bool(type.is_ptr),
        })
json.dump(report, sys.stdout)
'''


def check(header, pxd_path, include_dirs=(), libraries=(), defines=(), python=sys.executable, includes=()):
    """The problems of a .pxd, as texts; none means that it is right.

    ``header`` is the header as the .pxd's C code includes it, ``libraries`` what ``-l`` names,
    ``includes`` headers that have to come before it.
    """
    return measure(header, pxd_path, include_dirs, libraries, defines, python, includes)["problems"]


def measure(header, pxd_path, include_dirs=(), libraries=(), defines=(), python=sys.executable, includes=()):
    """The problems, and what the .pxd declares by C names: functions, records with their sizes in bytes and the
    names of their fields, variables, and constants with their values."""
    with tempfile.TemporaryDirectory() as directory:
        checker = _Check(pathlib.Path(directory), header, include_dirs, libraries, defines, python, includes)
        problems = checker.run(pxd_path)
        report, seen = checker.report, checker.seen
    integers = [*report["constants"], *(item for item in report["variables"] if item["is_int"])]
    return {
        "problems": problems,
        "functions": [item["c"] for item in report["functions"]],
        "variables": [item["c"] for item in report["variables"]],
        "records": {
            item["c"]: {"size": seen["sizes"].get(item["name"]), "fields": [field["c_name"] for field in item["fields"]]}
            for item in report["types"]
        },
        "constants": {
            item["c"]: seen["constants"][item["name"]] for item in integers if item["name"] in seen["constants"]
        },
    }


class _Check:
    def __init__(self, directory, header, include_dirs, libraries, defines, python, includes):
        self.directory = directory
        self.header = header
        self.python = python
        self.libraries = [f"-l{name}" for name in libraries]
        self.includes = includes
        python_include = subprocess.run(
            [python, "-c", "import sysconfig; print(sysconfig.get_paths()['include'])"],
            check=True, capture_output=True, text=True,
        ).stdout.strip()
        self.flags = [f"-I{pathlib.Path(path).resolve()}" for path in include_dirs]
        self.flags += [f"-D{define}" for define in defines]
        self.python_flags = [f"-I{python_include}"]
        self.cc = os.environ.get("CC", "cc")
        self.module = "use" + (sysconfig.get_config_var("EXT_SUFFIX") or ".so")
        # What the .pxd declares, and what a module that uses it sees.
        self.report = {"types": [], "functions": [], "variables": [], "constants": []}
        self.seen = {"sizes": {}, "constants": {}}
        # What the C compiler said last.
        self.errors = ""

    def run(self, pxd_path):
        shutil.copy(pxd_path, self.directory / "decl.pxd")
        read = self.call([self.python, "-c", READ, str(self.directory), "decl"])
        if read.returncode != 0:
            (self.directory / "use.pyx").write_text("cimport decl\n")
            made = self.call([self.python, "-m", "cython", "-3", "use.pyx"])
            return [f"Cython rejects the .pxd:\n{_cut(made.stderr or read.stderr)}"]
        self.report = report = json.loads(read.stdout)
        problems = self.compile(report)
        # One unknown name must not hide what else is wrong.
        unknown = self.unknown_names(report) if problems else set()
        if unknown:
            report = self.report = _without(report, unknown)
            problems = ["C does not have " + name for name in sorted(unknown)]
            problems += self.compile(report)
        if not (self.directory / self.module).is_file():
            return problems
        ran = self.call([self.python, "-c", "import json, use; print(json.dumps(use.report()))"])
        if ran.returncode != 0:
            return [f"the module cannot be imported:\n{_cut(ran.stderr)}"]
        self.seen = json.loads(ran.stdout)
        return problems + self.compare(report, self.seen)

    def compile(self, report):
        """Makes a module that uses all that the report has, or says why that fails."""
        (self.directory / "use.pyx").write_text(_module(report, self.without_address(report), self.macros(report)))
        made = self.call([self.python, "-m", "cython", "-3", "use.pyx"])
        if made.returncode != 0:
            return [f"Cython rejects the use of the .pxd:\n{_cut(made.stderr)}"]
        return self.build()

    def unknown_names(self, report):
        """What the report has and the C compiler does not know."""
        unknown = set(re.findall(r"'(\w+)' undeclared|to incomplete type '([\w ]+)'", self.errors))
        return {name for pair in unknown for name in pair} & {item["c"] for kind in KINDS for item in report[kind]}

    def call(self, command):
        return subprocess.run(command, cwd=self.directory, capture_output=True, text=True, env=ENVIRONMENT)

    def build(self):
        """Makes the module of ``use.c``, or says why that fails."""
        compiled = self.call([
            self.cc, "-S", "-fPIC", "-O0", *STRICT, *self.flags, *self.python_flags, "use.c", "-o", "use.s",
        ])
        self.errors = compiled.stderr
        # `restrict` makes no type that Cython could get wrong.
        lost = [line for line in compiled.stderr.splitlines() if "discards 'const'" in line or "discards 'vol" in line]
        if compiled.returncode != 0 or lost:
            return [f"the C compiler rejects it:\n{_cut(compiled.stderr)}"]
        self.call([self.cc, "-c", "use.s", "-o", "use.o"])
        # What a header declares and no library defines is the header's affair: such symbols become null.
        undefined = [line.split()[-1] for line in self.call(["nm", "-u", "use.o"]).stdout.splitlines()]
        with (self.directory / "use.s").open("a") as file:
            file.writelines(f".weak {name}\n" for name in undefined if name != "_GLOBAL_OFFSET_TABLE_")
        built = self.call([self.cc, "-shared", "use.s", "-o", self.module, *self.libraries])
        return [f"the module does not link:\n{_cut(built.stderr)}"] if built.returncode != 0 else []

    def prologue(self):
        lines = ["#include <Python.h>", "#include <stdarg.h>", "#include <stdio.h>", "#include <stddef.h>",
                 "#include <stdint.h>", "#include <time.h>", "#include <signal.h>", "#include <sys/types.h>",
                 "#include <sys/time.h>"]
        lines += [f"#include <{name}>" for name in self.includes]
        return "\n".join([*lines, f'#include "{self.header}"', ""])

    def syntax(self, text):
        """The lines of a C text that do not compile."""
        (self.directory / "probe.c").write_text(text)
        tried = self.call([self.cc, "-fsyntax-only", "-w", "-fmax-errors=0", *self.flags, *self.python_flags, "probe.c"])
        lines = set()
        for line in tried.stderr.splitlines():
            parts = line.split(":")
            if parts[0] == "probe.c" and len(parts) > 3 and parts[1].isdigit() and "error" in line:
                lines.add(int(parts[1]))
        return lines

    def without_address(self, report):
        """Bit-fields, and constants that are declared like variables, as pairs of record and name."""
        candidates = [
            ((item["name"], field["name"]), f"(({item['c']} *)0)->{field['c_name']}")
            for item in report["types"] for field in item["fields"] if field["is_int"]
        ]
        candidates += [((item["name"], None), item["c"]) for item in report["variables"] if item["is_int"]]
        text = self.prologue() + "void hk_probe(void) {\n"
        first = text.count("\n") + 1
        text += "\n".join(f"{{ const void *p = (const void *)&{expression}; }}" for _, expression in candidates) + "\n}\n"
        wrong = self.syntax(text)
        return {candidates[line - first][0] for line in wrong if 0 <= line - first < len(candidates)}

    def macros(self, report):
        """The declared variables that are macros, and so may have no address."""
        (self.directory / "probe.c").write_text(self.prologue())
        listed = self.call([self.cc, "-E", "-dM", *self.flags, *self.python_flags, "probe.c"])
        names = {line.split()[1].split("(")[0] for line in listed.stdout.splitlines() if line.startswith("#define ")}
        return {item["name"] for item in report["variables"] if item["c"] in names}

    def compare(self, report, seen):
        lines = [self.prologue(), "int main(void) {"]
        for item in report["types"]:
            if item["name"] in seen["sizes"]:
                lines.append(f'printf("size {item["name"]} %zu\\n", sizeof({item["c"]}));')
        for item in [*report["constants"], *(item for item in report["variables"] if item["is_int"])]:
            name = item["c"]
            if item["name"] in seen["constants"]:
                # What has another value on the next line, such as `__LINE__`, is not compared.
                lines.append(f'{{ const long long first = (long long)({name}),')
                lines.append(f'second = (long long)({name});')
                lines.append(f'if (first == second && ({name}) < 0) printf("constant {item["name"]} %lld\\n", first);')
                lines.append(f'if (first == second && !(({name}) < 0))')
                lines.append(f'printf("constant {item["name"]} %llu\\n", (unsigned long long)({name})); }}')
        lines.append("return 0; }\n")
        (self.directory / "values.c").write_text("\n".join(lines))
        built = self.call([self.cc, "-w", *self.flags, *self.python_flags, "values.c", "-o", "values", *self.libraries])
        if built.returncode != 0:
            return [f"C does not know what the .pxd declares:\n{_cut(built.stderr)}"]
        expected = {"size": {}, "constant": {}}
        for line in self.call(["./values"]).stdout.splitlines():
            kind, name, value = line.split()
            expected[kind][name] = int(value)
        problems = []
        for kind, found in (("size", seen["sizes"]), ("constant", seen["constants"])):
            for name, value in expected[kind].items():
                if found[name] != value:
                    problems.append(f"{kind} of {name}: {found[name]} in Cython, {value} in C")
        return problems


def _module(report, without_address, macros):
    """A module that mentions everything, its variables typed by what they are made from."""
    lines = ["# cython: infer_types=True, language_level=3", "cimport decl", ""]
    parts = []

    def part(body):
        if body:
            name = f"part_{len(parts)}"
            parts.append(name)
            head = f"cdef size_t {name}(dict sizes, dict constants) except? 1:"
            lines.extend([head, "    cdef size_t seen = 0", *(f"    {line}" for line in body), "    return seen", ""])

    for item in report["types"]:
        name, body = item["name"], []
        if item["is_complete"]:
            body.append(f"sizes[{name!r}] = sizeof(decl.{name})")
        if item["fields"] or not item["is_complete"]:
            body.append(f"cdef decl.{name} *it = NULL")
            body.append("seen += <size_t><void*>it")
        for number, field in enumerate(item["fields"]):
            if (name, field["name"]) in without_address:
                body.append(f"if it is not NULL: seen += <size_t>it.{field['name']}")
            else:
                body.append(f"f{number} = &it.{field['name']}")
                body.append(f"seen += <size_t><void*>f{number}")
        part(body)
    body = []
    for number, item in enumerate(report["functions"]):
        body.append(f"f{number} = decl.{item['name']}; seen += <size_t><void*>f{number}")
    for number, item in enumerate(report["variables"]):
        name = item["name"]
        has_address = name not in macros and (name, None) not in without_address
        if item["is_int"] and not has_address:
            body.append(f"constants[{name!r}] = decl.{name}")
        if has_address:
            body.append(f"v{number} = &decl.{name}; seen += <size_t><void*>v{number}")
        elif item["is_pointer"]:
            body.append(f"v{number} = decl.{name}; seen += <size_t><void*>v{number}")
        else:
            body.append(f"v{number} = decl.{name}; seen += <size_t>(v{number} != 0)")
    for start in range(0, len(body), 300):
        part(body[start:start + 300])
    body = [f"constants[{item['name']!r}] = decl.{item['name']}" for item in report["constants"]]
    for start in range(0, len(body), 300):
        part(body[start:start + 300])
    lines += ["def report():", "    sizes, constants = {}, {}"]
    lines += [f"    {name}(sizes, constants)" for name in parts]
    lines += ["    return {'sizes': sizes, 'constants': constants}", ""]
    return "\n".join(lines)


def _without(report, names):
    """The report without what C calls so."""
    return {kind: [item for item in report[kind] if item["c"] not in names] for kind in KINDS}


def _cut(text, lines=40):
    kept = text.strip().splitlines()
    return "\n".join(kept[:lines] + (["..."] if len(kept) > lines else []))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("header")
    parser.add_argument("pxd")
    parser.add_argument("-I", dest="include_dirs", action="append", default=[])
    parser.add_argument("-l", dest="libraries", action="append", default=[])
    parser.add_argument("-D", dest="defines", action="append", default=[])
    given = parser.parse_args()
    problems = check(given.header, given.pxd, given.include_dirs, given.libraries, given.defines)
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
