"""Judges all writers' outputs for one header."""

import json
import os
import re

from irfacts import Facts, questions
from reference import Failed, Reference, exported, first_error, run

HERE = os.path.dirname(os.path.abspath(__file__))
ORACLES = os.path.join(os.path.dirname(HERE), "oracles")

WRITERS = ["json", "cffi-abi", "cffi-api", "ctypes", "cython", "lua"]
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
        if not self.environment.get("LIBCLANG_PATH"):
            self.environment.update(libclang(python))


def libclang(python):
    """The environment that makes the binary use the libclang of that interpreter, if it has one."""
    script = "import sysconfig; print(sysconfig.get_path('purelib'))"
    path = os.path.join(run(python, "-c", script).stdout.strip(), "clang", "native", "libclang.so")
    return {"LIBCLANG_PATH": path} if os.path.isfile(path) else {}


def judge(entry, setting, folder):
    """`{"header", "writers": {writer: {"figures", "problems"}}}`; writer "header" is for what stops everything."""
    row = {"header": entry["include"], "writers": {}}
    try:
        Judge(entry, setting, folder).all(row["writers"])
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

    def __init__(self, entry, setting, folder):
        self.setting = setting
        self.folder = folder
        self.flags = flags_of(entry)
        self.before = entry.get("before", [])
        self.path = entry.get("path") or header_path(entry["include"], self.flags)
        lines = ["#include <{}>".format(name) for name in self.before]
        lines.append("#include " + ('"{}"'.format(self.path) if "path" in entry else "<{}>".format(entry["include"])))
        # A directory of the system must not come first: <sys/errno.h> is not <errno.h>.
        self.include_dirs = [os.path.dirname(self.path)] if "path" in entry else []
        self.scope = entry.get("scope", "library")
        self.own = entry.get("own", [])
        self.exclude = entry.get("exclude", [])
        self.reference = Reference(lines, self.flags, folder, self.path, self.scope, self.own)
        self.libraries = [library_path(name) for name in entry.get("libraries", [])]

    def all(self, results):
        functions = self.reference.functions()
        text, diagnostics = self.write("json")
        facts = Facts(json.loads(text))
        macros = self.reference.integer_macros()
        self.values, answers, failed = self.reference.values(macros, questions(facts.layouts))
        linked = {name for name, function in functions.items() if not function.inline}
        self.linked = linked
        self.functions = set(functions)
        self.symbols = linked | set(facts.functions) | facts.variables | facts.symbols
        self.exported = exported(self.libraries, self.symbols, self.setting.python)
        self.layouts = expected(facts.layouts, answers)
        self.facts = facts
        if "json" in self.setting.writers:
            found = {
                "layouts": facts.layouts,
                "constants": facts.constants,
                "declared": list(facts.functions),
                "resolved": sorted(self.exported & set(facts.functions)),
            }
            results["json"] = self.compare(found, set(functions), diagnostics)
            unknown = [name if path is None else name + "." + path for name, path in failed]
            note(results["json"]["problems"], "unknown to the compiler", unknown)
        for writer in self.setting.writers:
            if writer != "json":
                results[writer] = self.one(writer, diagnostics)

    def write(self, writer):
        """The output's text and the diagnostics' messages."""
        base = writer.split("-")[0]
        output = os.path.join(self.folder, FILES[base])
        command = [self.setting.binary, self.path, "-w", base, "-o", "{}:{}".format(base, FILES[base]), "--json"]
        command += ["--no-output-cache", "--store-dir", "store", "--scope", self.scope]
        for flag in self.flags:
            command += [flag[:2], flag[2:]]
        for name in self.before:
            command += ["--backend-arg=-include", "--backend-arg=" + name]
        if writer == "cffi-api":
            command += ["--writer-opt", "cffi:mode=api"]
            for pattern in self.exclude:
                command += ["--writer-opt", "cffi:exclude_patterns=" + pattern]
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
            found, problems = checks[writer](text, diagnostics)
        except Failed as error:
            return {"figures": None, "problems": [short(str(error), self.folder)]}
        result = self.compare(found, self.linked, of_parser + diagnostics)
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
        asked = {"layouts": plain, "constants": sorted(self.values), "functions": sorted(self.linked)}
        with open(path, "w", encoding="utf-8") as stream:
            json.dump(asked, stream)
        return path

    def measure(self, *arguments):
        command = [self.setting.python, os.path.join(HERE, "measure.py"), *arguments]
        done = run(*command, cwd=self.folder, env=self.setting.environment, check=False)
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

    def cffi_api(self, text, _):
        with open(os.path.join(self.folder, "includes.json"), "w") as stream:
            json.dump(self.reference.lines + self.hiding_macros(text), stream)
        self.measure("cffi-source", FILES["cffi"], "_api", self.folder)
        include = "import sysconfig; print(sysconfig.get_path('include')); print(sysconfig.get_config_var('EXT_SUFFIX'))"
        python_include, suffix = run(self.setting.python, "-c", include).stdout.split()
        command = ["gcc", *self.flags, "-std=gnu17", "-O0", "-shared", "-fPIC", *STRICT, "-I", python_include]
        command += ["-o", "_api" + suffix, "_api.c", *self.link_arguments()]
        # Those without an option at their end are the header's own, `#pragma GCC warning` in a macro.
        warnings = re.findall(r"^_api\.c:\d+:\d+: warning: (.* \[-W.*\])$", run(*command, cwd=self.folder).stderr, re.M)
        return json.loads(self.measure("cffi-api", "_api", self.asked())), sorted(set(warnings))

    def hiding_macros(self, cdef):
        """`#undef` lines, which users of the API mode have to write, for macros called like functions or fields."""
        fields = {path for record in self.facts.layouts.values() for path in record["fields"]}
        names = set(re.findall(r"\w+", cdef)) & (self.symbols | fields)
        constants = set(re.findall(r"^#define (\w+)|^static const .*?(\w+);", cdef, re.M))
        return self.reference.undefined(names - {name for pair in constants for name in pair})

    def lua(self, _, __):
        asked = ["record\t" + name for name in self.layouts]
        for name in self.layouts:
            fields = self.facts.layouts[name]["fields"]
            asked += ["field\t{}\t{}".format(name, path) for path in fields if "." not in path]
        asked += ["constant\t" + name for name in self.values] + ["function\t" + name for name in self.linked]
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
                found["constants"][name] = int(rest[0])
            else:
                found["declared"].append(name)
                found["resolved"] += [name] if rest[0] == "resolved" else []
        return found, self.oracle("lua", allow_missing=True)

    def cython(self, _, __):
        measured = self.oracle("cython", "measure", python=self.setting.python)
        declared = sorted(self.linked & set(measured["functions"]))
        found = {
            "layouts": {},
            "constants": measured["constants"],
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

    def compare(self, found, wanted, diagnostics):
        """Figures, and problems as one line per kind."""
        said = set(re.findall(r"[\w$]+", " ".join(diagnostics)))
        problems = []
        missing = sorted(wanted - set(found["declared"]) - said)
        note(problems, "functions missing without a diagnostic", missing)
        layouts_right, constants_right = 0, 0
        if found["layouts"] is not None:
            layouts_right = self.compare_layouts(found["layouts"], said, problems)
        if found["constants"] is not None:
            given = found["constants"]
            wrong = sorted(n for n, value in self.values.items() if n in given and given[n] != value)
            note(problems, "integer macros wrong", ["{} is {}, not {}".format(n, self.values[n], given[n]) for n in wrong])
            note(problems, "integer macros missing", sorted(n for n in self.values if n not in given and n not in said))
            constants_right = sum(1 for name, value in self.values.items() if given.get(name) == value)
        counts = [len(found["declared"]), len(found["resolved"])]
        figures = [*counts, None, None, None, None]
        if found["layouts"] is not None:
            figures[2:] = [layouts_right, len(self.layouts), constants_right, len(self.values)]
        return {"figures": figures, "problems": problems}

    def compare_layouts(self, given, said, problems):
        right, wrong, missing = 0, [], []
        for name, record in self.layouts.items():
            known = given.get(name)
            if known is None:
                # cffi and Cython have a FILE of their own, without members.
                is_file = name == "struct _IO_FILE" and name in self.facts.foreign
                if name.split()[-1] not in said and not is_file:
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
