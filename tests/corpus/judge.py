"""Judges all writers' outputs for one header."""

import glob
import json
import os
import re
import shutil
import sys

from irfacts import Facts, questions
from reference import Failed, Reference, exported, first_error, run

HERE = os.path.dirname(os.path.abspath(__file__))
ORACLES = os.path.join(os.path.dirname(HERE), "oracles")
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "values"))

import oracle as values  # noqa: E402

WRITERS = ["json", "cffi-abi", "cffi-api", "ctypes", "cython", "lua"]
# Those whose outputs become C code that includes Python.h before the header.
BEHIND_PYTHON = {"cffi-api", "cython"}
PROJECT = """\
[build-system]
requires = ["headerkit-backend", "flit_core"]
build-backend = "headerkit_backend"
[project]
name = "judged"
version = "1"
description = "A module over one header."
[tool.headerkit]
writers = ["cffi"]
output = {{cffi = "out.txt"}}
scope = {scope}
own = {own}
defines = {defines}
include_dirs = {include_dirs}
backend_args = {arguments}
headers = {{{header} = {{}}}}
[tool.headerkit.writer.cffi]
mode = "api"
[[tool.headerkit.extensions]]
name = "_api"
cffi = {{header = {header}, source = {source}}}
defines = {defines}
include_dirs = {include_dirs}
cflags = ["-O0"]
libraries = {libraries}
ldflags = {ldflags}
"""
WRAPPER = """\
#!/bin/sh
case " $* " in
*" -fsyntax-only "* | *" -E "* | *" -S "* | *" -c "*) exec gcc "$@" ;;
*) exec gcc "$@" {} ;;
esac
"""
# Deprecated functions are bound all the same, and cffi's check of a packed record's fields takes their addresses.
STRICT = ["-Wall", "-Wno-deprecated-declarations", "-Wno-address-of-packed-member"]
STRICT += ["-Werror=" + name for name in ("incompatible-pointer-types", "int-conversion")]
# What each oracle calls its output.
PATHS = {"cython": "pxd_path", "ctypes": "module_path", "lua": "lua_path"}
# How each writer's file must be named.
FILES = {"json": "out.json", "cffi": "out.txt", "ctypes": "out_ctypes.py", "cython": "out.pxd", "lua": "out.lua"}


class Setting:
    """What all headers share."""

    def __init__(self, binary, python, writers, keep):
        self.binary = os.path.abspath(binary)
        self.python = python
        self.keep = keep
        self.writers = writers
        self.environment = dict(os.environ, PYTHONDONTWRITEBYTECODE="1")
        self.python_defines = python_defines(python)
        if not self.environment.get("LIBCLANG_PATH"):
            self.environment.update(libclang(python))


def libclang(python):
    """The environment that makes the binary use the libclang of that interpreter, if it has one."""
    script = "import sysconfig; print(sysconfig.get_path('purelib'))"
    path = os.path.join(run(python, "-c", script).stdout.strip(), "clang", "native", "libclang.so")
    return {"LIBCLANG_PATH": path} if os.path.isfile(path) else {}


def python_defines(python):
    """The options that define what this Python's pyconfig.h does for other headers."""
    script = "import sysconfig; print(sysconfig.get_config_h_filename())"
    sources = [run(python, "-c", script).stdout.strip(), os.devnull]
    listed = [run("gcc", "-E", "-dM", "-xc", source).stdout for source in sources]
    found, builtin = (set(re.findall(r"^#define (?!_PYTHON|Py_)(\w+) (.*)$", text, re.M)) for text in listed)
    return ["-D{}={}".format(name, value) for name, value in sorted(found - builtin)]


def judge(entry, setting, folder):
    """`{"header", "writers": {writer: {"figures", "problems"}}}`; writer "header" is for what stops everything."""
    row = {"header": entry["include"], "writers": {}}
    behind = [writer for writer in setting.writers if writer in BEHIND_PYTHON]
    plain = [writer for writer in setting.writers if writer not in BEHIND_PYTHON]
    try:
        for writers, defines in ((plain, []), (behind, setting.python_defines)):
            if writers:
                inner = os.path.join(folder, writers[0])
                os.mkdir(inner)
                Judge(entry, setting, inner, writers, defines).all(row["writers"])
    except Failed as error:
        row["writers"]["header"] = {"problems": [short(str(error), folder)]}
    return row


def short(text, folder):
    """Without what differs from run to run, and of a compiler's long story the first error."""
    text = text.replace(folder + os.sep, "").replace(folder, ".")
    first, _, rest = text.strip().partition("\n")
    error = re.search(r"error: (.*)", rest)
    if error:
        first = "{}: {}".format(first.partition(":")[0], error.group(1))
    first = re.sub(r"/tmp/[\w./-]+", "...", re.sub(r"\b(\w+\.c):\d+(:\d+)?", r"\1", first))
    return re.sub(r"\s+", " ", first).strip()[:300]


class Judge:
    """One header: the compiler's facts, then each writer against them."""

    def __init__(self, entry, setting, folder, writers, defines):
        """`defines` are options for the facts that the writers' outputs must hold without them."""
        self.setting = setting
        self.writers = writers
        self.folder = folder
        self.flags = flags_of(entry)
        self.before = entry.get("before", [])
        self.path = entry.get("path") or header_path(entry["include"], self.flags)
        lines = ["#include <{}>".format(name) for name in self.before]
        lines.append("#include " + ('"{}"'.format(self.path) if "path" in entry else "<{}>".format(entry["include"])))
        # A directory of the system must not come first: <sys/errno.h> is not <errno.h>.
        self.include_dirs = [os.path.dirname(self.path)] if "path" in entry else []
        self.defines = defines
        self.linked_names = entry.get("libraries", [])
        self.has_library = "path" not in entry
        self.scope = entry.get("scope", "library")
        self.own = entry.get("own", [])
        self.reference = Reference(lines, defines + self.flags, folder, self.path, self.scope, self.own)
        self.libraries = [library_path(name) for name in entry.get("libraries", [])]

    def all(self, results):
        functions = self.reference.functions()
        text, diagnostics = self.write("json", self.defines)
        facts = Facts(json.loads(text))
        asked = questions(facts.layouts)
        self.values, answers, failed = self.reference.values(self.reference.macros(), asked)
        linked = {name for name, function in functions.items() if not function.inline}
        self.linked = linked
        self.functions = set(functions)
        self.symbols = linked | set(facts.functions) | facts.variables | facts.symbols
        self.exported = exported(self.libraries, self.symbols, self.setting.python)
        self.layouts = expected(facts.layouts, answers)
        self.facts = facts
        if "json" in self.writers:
            found = {
                "layouts": facts.layouts,
                "constants": facts.constants,
                "declared": list(facts.functions),
                "resolved": sorted(self.exported & set(facts.functions)),
            }
            results["json"] = self.compare(found, set(functions), diagnostics, self.values)
            unknown = [name if path is None else name + "." + path for name, path in failed]
            note(results["json"]["problems"], "unknown to the compiler", unknown)
            self.macros(json.loads(text), results["json"]["problems"])
        for writer in self.writers:
            if writer != "json":
                results[writer] = self.one(writer, diagnostics)

    def macros(self, document, problems):
        """All constants, of whatever kind, against gcc and clang."""
        found = [one for one in document["declarations"] if one["kind"] == "constant" and one.get("bound", True)]
        given = {one["name"]: one["value"] for one in found if not {"name", "address_of"} & set(one["value"])}
        prologue = "\n".join([*self.reference.lines, ""])
        for compiler in filter(None, [values.Compiler("gcc", ["gcc", *self.flags], True), self.clang()]):
            verdicts = compiler.verdicts(prologue, given, self.folder)
            for verdict in ("differs", "refused"):
                names = [name for name in given if verdicts[name] == verdict]
                note(problems, "{} {}".format(verdict, compiler.kind), ["{} {}".format(n, given[n]) for n in names])

    def clang(self):
        name = next(filter(shutil.which, values.CLANGS), None)
        return name and values.Compiler("clang", [name, *self.flags], True)

    def write(self, writer, defines=()):
        """The output's text and the diagnostics' messages."""
        base = writer.split("-")[0]
        output = os.path.join(self.folder, FILES[base])
        command = [self.setting.binary, self.path, "-w", base, "-o", "{}:{}".format(base, FILES[base]), "--json"]
        command += ["--no-output-cache", "--store-dir", "store", "--scope", self.scope]
        for flag in [*defines, *self.flags]:
            command += [flag[:2], flag[2:]]
        for name in self.before:
            command += ["--backend-arg=-include", "--backend-arg=" + name]
        if writer == "cffi-api":
            command += ["--writer-opt", "cffi:mode=api"]
        if base in ("ctypes", "lua") and self.libraries:
            command += ["--writer-opt", "{}:library={}".format(base, self.libraries[0])]
        # With a project the store keeps the parsed header, and every writer but the first one is spared the parse.
        with open(os.path.join(self.folder, ".headerkit.toml"), "w", encoding="utf-8") as stream:
            stream.write("own = {}\n".format(json.dumps([name + "/**" for name in self.own])))
        done = run(*command, cwd=self.folder, env=self.setting.environment, check=False)
        if done.returncode:
            raise Failed("{}: {}".format(base, first_error(done.stderr, done.returncode)))
        messages = [entry["message"] for entry in json.loads(done.stdout)["diagnostics"]]
        with open(output, encoding="utf-8") as stream:
            return stream.read(), messages

    def one(self, writer, of_parser):
        try:
            text, diagnostics = self.write(writer)
            checks = {
                "ctypes": self.ctypes,
                "cffi-abi": self.cffi_abi,
                "cffi-api": self.cffi_api,
                "cython": self.cython,
                "lua": self.lua,
            }
            found, problems, *more = checks[writer](text, diagnostics)
            diagnostics += more
        except Failed as error:
            return {"figures": None, "problems": [short(str(error), self.folder)]}
        # ABI mode has integers only, and says so in one line.
        texts = self.texts() if writer == "cffi-abi" else {}
        values = {name: value for name, value in self.values.items() if name not in texts}
        absent = self.facts.of_inline if writer not in BEHIND_PYTHON else set()
        result = self.compare(found, self.linked, of_parser + diagnostics, values, absent)
        problems += found.get("errors", [])
        result["problems"] += [short(problem, self.folder) for problem in problems]
        return result

    def asked(self):
        """The questions for measure.py, as a file."""
        path = os.path.join(self.folder, "questions.json")
        plain = {
            name: {field: bits for field, (_, _, bits) in self.facts.layouts[name]["fields"].items() if "." not in field}
            for name in self.layouts
        }
        lengths = {name: len(value) // 2 - 1 for name, value in self.texts().items() if value.startswith("s:")}
        constants = {"constants": sorted(self.values), "lengths": lengths}
        asked = {"layouts": plain, "functions": sorted(self.linked), **constants}
        with open(path, "w", encoding="utf-8") as stream:
            json.dump(asked, stream)
        return path

    def texts(self):
        """The constants that are no integers."""
        return {name: value for name, value in self.values.items() if isinstance(value, str)}

    def measure(self, *arguments, folder=None):
        command = [self.setting.python, os.path.join(HERE, "measure.py"), *arguments]
        done = run(*command, cwd=folder or self.folder, env=self.setting.environment, check=False)
        if done.returncode:
            lines = done.stderr.strip().splitlines() or ["status {}".format(done.returncode)]
            raise Failed(lines[-1])
        return done.stdout

    def ctypes(self, _, __):
        found = json.loads(self.measure("ctypes", FILES["ctypes"], self.asked()))
        return found, self.oracle("ctypes", python=self.setting.python, libraries=self.libraries)

    def cffi_abi(self, text, diagnostics):
        found = json.loads(self.measure("cffi-abi", FILES["cffi"], self.asked(), *self.libraries))
        conflicts = self.reference.conflicts(plain_declarations(text))
        # What a diagnostic speaks of may be said otherwise than in the header.
        said = set(re.findall(r"\w+", " ".join(diagnostics)))
        problems = ["{}: {}".format(reason, statement) for statement, reason in sorted(conflicts.items()) if not said & set(re.findall(r"‘(\w+)’", reason))]
        return found, problems

    def cffi_api(self, _, __):
        """Builds the module as users do, with no setting but `mode` and the libraries."""
        project = os.path.join(self.folder, "project")
        os.makedirs(os.path.join(project, "judged"))
        open(os.path.join(project, "judged", "__init__.py"), "w").close()
        self.link_arguments()
        files = [name for name in self.linked_names if ".so" in name]
        settings = {
            "scope": self.scope,
            "own": [name + "/**" for name in self.own],
            "defines": [flag[2:] for flag in self.flags if flag.startswith("-D")],
            "include_dirs": [flag[2:] for flag in self.flags if flag.startswith("-I")],
            "arguments": [part for name in self.before for part in ("-include", name)],
            "header": self.path,
            "source": "\n".join(self.reference.lines),
            "libraries": [name for name in self.linked_names if name not in files],
            "ldflags": ["-l:" + name for name in files],
        }
        if not self.has_library:
            # What nobody has written is defined somehow.
            settings["ldflags"] = [os.path.join(self.folder, "absent.s"), "-Wl,-Bsymbolic"]
        with open(os.path.join(project, "pyproject.toml"), "w", encoding="utf-8") as stream:
            stream.write(PROJECT.format(**{name: json.dumps(value) for name, value in settings.items()}))
        path = os.path.dirname(self.setting.python) + os.pathsep + os.environ["PATH"]
        places = {"PATH": path, "HEADERKIT_BUILD_DIR": os.path.join(self.folder, "build")}
        command = [self.setting.binary, "hook", "build_editable", "--project", project, "--out", self.folder]
        said = run(*command, env=dict(self.setting.environment, **places)).stderr
        problems = self.wrongly_left_out(said) + self.warnings()
        measured = self.measure("cffi-api", "_api", self.asked(), folder=project)
        return json.loads(measured), problems, said

    def wrongly_left_out(self, said):
        """What the compiler knows and the libraries have, and the module lacks."""
        lacks = re.search(r"`_api` lacks \d+ declarations? of `.*?`: (.*)", said)
        lacks = lacks.group(1) if lacks else ""
        parts = {part.partition(" `")[0]: set(re.findall(r"`(.*?)`", part)) for part in lacks.split("; ")}
        missing = parts.get("no library that it is linked with defines", set())
        rejected = parts.get("its compiler does not know, or knows otherwise,", set())
        problems = []
        note(problems, "left out though the library has it", sorted(missing & self.exported))
        known = self.functions | set(self.values) | set(self.layouts)
        note(problems, "left out though the compiler knows it", sorted(rejected & known))
        return problems

    def warnings(self):
        """What the compiler warns of in the source that cffi has written."""
        [source] = glob.glob(os.path.join(self.folder, "build", "**", "_api.cffi.c"), recursive=True)
        include = run(self.setting.python, "-c", "import sysconfig; print(sysconfig.get_path('include'))").stdout.strip()
        command = ["gcc", *self.flags, "-std=gnu17", "-fsyntax-only", *STRICT, "-I", include]
        command += [flag for directory in self.include_dirs for flag in ("-I", directory)]
        # Those without an option at their end are the header's own, `#pragma GCC warning` in a macro.
        place = r"^(?:.*/)?{}:\d+:\d+: (?:warning|error): (.* \[-W.*\])$".format(re.escape(os.path.basename(source)))
        return sorted(set(re.findall(place, run(*command, source, cwd=self.folder, check=False).stderr, re.M)))

    def lua(self, _, __):
        asked = ["record\t" + name for name in self.layouts]
        for name in self.layouts:
            fields = self.facts.layouts[name]["fields"]
            asked += ["field\t{}\t{}".format(name, path) for path in fields if "." not in path]
        texts = self.texts()
        asked += ["constant\t{}\t{}".format(name, "text" * (name in texts)) for name in self.values]
        asked += ["function\t" + name for name in self.linked]
        questions = os.path.join(self.folder, "questions.txt")
        with open(questions, "w", encoding="utf-8") as stream:
            stream.write("\n".join(asked) + "\n")
        script = os.path.join(HERE, "measure.lua")
        done = run("luajit", script, FILES["lua"], questions, cwd=self.folder, check=False)
        if done.returncode:
            raise Failed(done.stderr.splitlines()[0])
        found = {"layouts": {}, "constants": {}, "declared": [], "resolved": []}
        for kind, name, *rest in (line.split("\t") for line in done.stdout.splitlines()):
            if kind == "record":
                found["layouts"][name] = {"size": int(rest[0]), "fields": {}}
            elif kind == "field":
                width = int(rest[2]) if rest[2] else None
                found["layouts"][name]["fields"][rest[0]] = [int(rest[1]), width]
            elif kind == "constant":
                [value] = filter(None, rest[1:])
                found["constants"][name] = value if ":" in value else int(value)
            else:
                found["declared"].append(name)
                found["resolved"] += [name] if rest[0] == "resolved" else []
        return found, self.oracle("lua", allow_missing=True)

    def cython(self, text, _):
        cimported = set(re.findall(r"\w+", " ".join(re.findall(r"^from \S+ cimport (.*)$", text, re.M))))
        measured = self.oracle("cython", "measure", python=self.setting.python)
        declared = sorted(self.linked & set(measured["functions"]))
        # Of what is no integer C has the value, under the name that is declared.
        texts = {name: value for name, value in self.texts().items() if name in measured["variables"]}
        found = {
            "layouts": {},
            "constants": {**texts, **measured["constants"]},
            "declared": declared,
            "resolved": [name for name in declared if name in self.exported],
        }
        for name, record in self.layouts.items():
            # Cython knows by its typedef what has one of the same name.
            known = measured["records"].get(name) or measured["records"].get(name.split()[-1])
            if known:
                fields = set(known["fields"])
                # The system's own members are nobody's business.
                fields |= {path for path in record["fields"] if path[0] == "_" and name in self.facts.foreign}
                # And what Cython has itself has the members that it knows: its `tm` lacks two.
                fields |= set(record["fields"]) if name.split()[-1] in cimported else set()
                found["layouts"][name] = {"size": known["size"], "fields": {path: [None, None] for path in fields}}
        return found, measured["problems"]

    def oracle(self, writer, question="check", **extra):
        """The problems that a writer's own oracle finds; it gets a header that includes all that is needed."""
        header = self.reference.source("all_of_it.h")
        arguments = {
            "header": header,
            PATHS[writer]: os.path.join(self.folder, FILES[writer]),
            "include_dirs": [flag[2:] for flag in self.flags if flag.startswith("-I")] + self.include_dirs,
            "defines": [flag[2:] for flag in self.flags if flag.startswith("-D")],
            **extra,
        }
        script = (
            "import json, sys; sys.path.insert(0, sys.argv[1]); oracle = __import__(sys.argv[2]);"
            "json.dump(getattr(oracle, sys.argv[3])(**json.load(sys.stdin)), sys.stdout)"
        )
        command = [self.setting.python, "-c", script, ORACLES, writer + "_oracle", question]
        environment = dict(self.setting.environment, CC=self.compiler())
        done = run(*command, cwd=self.folder, env=environment, stdin=json.dumps(arguments), check=False)
        if done.returncode:
            raise Failed("oracle: " + (done.stderr.strip().splitlines() or ["no message"])[-1])
        return json.loads(done.stdout)

    def compiler(self):
        """A C compiler that links our header's libraries, and stand-ins for what they do not define."""
        path = os.path.join(self.folder, "cc")
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(WRAPPER.format(" ".join(self.link_arguments())))
        os.chmod(path, 0o755)
        return path

    def link_arguments(self):
        """The libraries, and an assembler file that defines what they do not."""
        path = os.path.join(self.folder, "absent.s")
        with open(path, "w", encoding="utf-8") as stream:
            for name in sorted(self.symbols - self.exported):
                stream.write('.weak "{0}"\n"{0}": .quad 0\n'.format(name))
            stream.write('.section .note.GNU-stack,"",@progbits\n')
        libraries = [name if os.path.isabs(name) else "-l:" + name for name in self.libraries]
        return [path, "-Wl,-Bsymbolic", *libraries]

    def compare(self, found, wanted, diagnostics, values, absent=()):
        """Figures, and problems as one line per kind; records that are `absent` may be missing."""
        said = set(re.findall(r"[\w$]+", " ".join(diagnostics)))
        problems = []
        missing = sorted(wanted - set(found["declared"]) - said)
        note(problems, "functions missing without a diagnostic", missing)
        layouts_right, constants_right = 0, 0
        if found["layouts"] is not None:
            layouts_right = self.compare_layouts(found["layouts"], said, absent, problems)
        if found["constants"] is not None:
            given = found["constants"]
            wrong = sorted(n for n, value in values.items() if n in given and given[n] != value)
            note(problems, "macros wrong", ["{} is {}, not {}".format(n, values[n], given[n]) for n in wrong])
            note(problems, "macros missing", sorted(n for n in values if n not in given and n not in said))
            constants_right = sum(1 for name, value in values.items() if given.get(name) == value)
        counts = [len(found["declared"]), len(found["resolved"])]
        figures = [*counts, None, None, None, None]
        if found["layouts"] is not None:
            figures[2:] = [layouts_right, len(self.layouts), constants_right, len(values)]
        return {"figures": figures, "problems": problems}

    def compare_layouts(self, given, said, absent, problems):
        right, wrong, missing = 0, [], []
        for name, record in self.layouts.items():
            known = given.get(name)
            if known is None:
                # cffi and Cython have a FILE of their own, without members.
                is_file = name == "struct _IO_FILE" and name in self.facts.foreign
                if name.split()[-1] not in said and name not in absent and not is_file:
                    missing.append(name)
                continue
            differences = []
            if known["size"] != record["size"]:
                differences.append("{} has {} bytes, not {}".format(name, record["size"], known["size"]))
            for path, place in record["fields"].items():
                other = known["fields"].get(path)
                if other is None:
                    if "." not in path and not {path, name.split()[-1]} & said:
                        missing.append("{}.{}".format(name, path))
                elif not same_place(other, place):
                    differences.append("{}.{} is at {}, not {}".format(name, path, place, other[:2]))
            wrong += differences
            right += not differences
        note(problems, "layouts wrong", wrong)
        note(problems, "records or fields missing without a diagnostic", missing)
        return right


def same_place(one, other):
    """Whether two places agree as far as both are known."""
    return all(a is None or a == b for a, b in zip(one, other))


def note(problems, kind, names):
    """One line for many names: the first few, so that lines stay readable and exact enough."""
    if names:
        more = "" if len(names) <= 6 else " and {} more".format(len(names) - 6)
        problems.append("{}: {}{}".format(kind, ", ".join(names[:6]), more))


def expected(layouts, answers):
    """What the compiler says, in the form of `Facts.layouts`."""
    found = {}
    for name, record in layouts.items():
        if (name, None) in answers:
            places = {path: answers[(name, path)] for path in record["fields"] if (name, path) in answers}
            found[name] = {"size": answers[(name, None)][0], "fields": places}
    return found


def plain_declarations(text):
    """The cdef's functions, variables and simple typedefs: what C lets one declare once more."""
    text = re.sub(r"/\*.*?\*/|//[^\n]*|^#.*$", "", text, flags=re.S | re.M)
    found, depth, start = [], 0, 0
    for match in re.finditer(r"[{};]", text):
        depth += {"{": 1, "}": -1, ";": 0}[match.group()]
        if depth or match.group() != ";":
            continue
        statement = re.sub(r"\s+", " ", text[start : match.end()]).strip()
        start = match.end()
        tag_only = re.fullmatch(r"(struct|union|enum) \w+;", statement)
        known_to_cffi_only = re.search(r"\.\.\.(?! ?\))|\[\.\.\.\]", statement)
        if "{" not in statement and not tag_only and not known_to_cffi_only:
            found.append(statement.replace("static const", "extern const"))
    return found


def flags_of(entry):
    flags = ["-D" + define for define in entry.get("defines", [])]
    for module in entry.get("pkg_config", []):
        flags += [flag for flag in run("pkg-config", "--cflags", module).stdout.split() if flag[:2] in ("-I", "-D")]
    return flags


def header_path(include, flags):
    from reference import system_dirs

    for folder in [flag[2:] for flag in flags if flag.startswith("-I")] + system_dirs():
        path = os.path.normpath(os.path.join(folder, include))
        if os.path.isfile(path):
            return path
    raise Failed("{} is not installed: --install".format(include))


def library_path(name):
    """The file behind `-lNAME`, or the name itself if it is one of a file."""
    if ".so" in name:
        return name
    path = run("gcc", "-print-file-name=lib{}.so".format(name)).stdout.strip()
    if not os.path.isabs(path):
        raise Failed("no library {}".format(name))
    return os.path.realpath(path)
