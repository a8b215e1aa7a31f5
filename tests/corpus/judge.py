"""Judges all writers' outputs for one header."""

import json
import os
import re
import sys

from irfacts import Facts, questions
from reference import Failed, Reference, exported, first_error, run

HERE = os.path.dirname(os.path.abspath(__file__))
ORACLES = os.path.join(os.path.dirname(HERE), "oracles")
sys.path.insert(0, ORACLES)

WRITERS = ["json", "cffi-abi", "cffi-api", "ctypes", "cython", "lua"]
# What the writer is called and how its file must be named.
FILES = {"json": "out.json", "cffi": "out.txt", "ctypes": "out_ctypes.py", "cython": "out.pxd", "lua": "out.lua"}


class Setting:
    """What all headers share."""

    def __init__(self, binary, python, writers, keep):
        self.binary = os.path.abspath(binary)
        self.python = python
        self.keep = keep
        known = run(self.binary, "--help").stdout
        listed = re.search(r"--writer <NAME>\s+(.*)", known).group(1)
        self.writers = [writer for writer in writers if re.search(r"\b{}\b".format(writer.split("-")[0]), listed)]
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
    """Without what differs from run to run."""
    text = text.replace(folder + os.sep, "").replace(folder, ".")
    return re.sub(r"\s+", " ", text).strip()[:300]


class Judge:
    """One header: the compiler's facts, then each writer against them."""

    def __init__(self, entry, setting, folder):
        self.setting = setting
        self.folder = folder
        self.flags = flags_of(entry)
        self.before = entry.get("before", [])
        self.path = header_path(entry["include"], self.flags)
        lines = ["#include <{}>".format(name) for name in [*self.before, entry["include"]]]
        self.scope = entry.get("scope", "library")
        self.own = entry.get("own", [])
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
        self.exported = exported(self.libraries, linked | set(facts.functions), self.setting.python)
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
        if base == "ctypes" and self.libraries:
            command += ["--writer-opt", "ctypes:library=" + self.libraries[0]]
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
                "cython": self.other,
                "lua": self.other,
            }
            found, problems = checks[writer](writer.split("-")[0], text)
        except Failed as error:
            return {"figures": None, "problems": [short(str(error), self.folder)]}
        result = self.compare(found, self.linked, of_parser + diagnostics)
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
        return json.loads(self.measure("ctypes", FILES["ctypes"], self.asked())), []

    def cffi_abi(self, _, text):
        found = json.loads(self.measure("cffi-abi", FILES["cffi"], self.asked(), *self.libraries))
        conflicts = self.reference.conflicts(plain_declarations(text))
        problems = ["{}: {}".format(reason, statement) for statement, reason in sorted(conflicts.items())]
        return found, problems

    def cffi_api(self, _, text):
        with open(os.path.join(self.folder, "includes.json"), "w") as stream:
            json.dump(self.reference.lines, stream)
        self.measure("cffi-source", FILES["cffi"], "_api", self.folder)
        # A header may declare what its library does not define; the module must link nevertheless.
        names = set(re.findall(r"\b(\w+) ?\(", text)) | self.facts.variables
        absent = sorted((names & (self.linked | self.facts.variables)) - self.exported)
        with open(os.path.join(self.folder, "absent.s"), "w") as stream:
            for name in absent:
                stream.write(".globl {0}\n{0}: .quad 0\n".format(name))
            stream.write('.section .note.GNU-stack,"",@progbits\n')
        include = "import sysconfig; print(sysconfig.get_path('include')); print(sysconfig.get_config_var('EXT_SUFFIX'))"
        python_include, suffix = run(self.setting.python, "-c", include).stdout.split()
        errors = ["-Werror=" + name for name in ("incompatible-pointer-types", "int-conversion", "overflow")]
        command = ["gcc", *self.flags, "-std=gnu17", "-O0", "-shared", "-fPIC", *errors, "-I", python_include]
        command += ["-o", "_api" + suffix, "_api.c", "absent.s", "-Wl,-Bsymbolic", *self.libraries]
        run(*command, cwd=self.folder)
        return json.loads(self.measure("cffi-api", "_api", self.asked())), []

    def other(self, writer, text):
        """A writer that only its oracle can judge; what it declares is seen in its text."""
        oracle = __import__(writer + "_oracle")
        include_dirs = [flag[2:] for flag in self.flags if flag.startswith("-I")]
        output = os.path.join(self.folder, FILES[writer])
        problems = oracle.check(self.path, output, include_dirs, self.libraries)
        words = set(re.findall(r"\w+", text))
        declared = sorted(self.linked & words)
        resolved = [name for name in declared if name in self.exported]
        return {"layouts": None, "constants": None, "declared": declared, "resolved": resolved}, problems

    def compare(self, found, wanted, diagnostics):
        """Figures, and problems as one line per kind."""
        said = set(re.findall(r"\w+", " ".join(diagnostics)))
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
        figures = [*counts, layouts_right, len(self.layouts), constants_right, len(self.values)]
        return {"figures": figures, "problems": problems}

    def compare_layouts(self, given, said, problems):
        right, wrong, missing = 0, [], []
        for name, record in self.layouts.items():
            known = given.get(name)
            if known is None:
                if name.split()[-1] not in said:
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
                elif other[0] is not None and other[:2] != place:
                    differences.append("{}.{} is at {}, not {}".format(name, path, place, other[:2]))
            wrong += differences
            right += not differences
        note(problems, "layouts wrong", wrong)
        note(problems, "records or fields missing without a diagnostic", missing)
        return right


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
    found = []
    for statement in re.findall(r"(?:[^;{}]|\{[^{}]*(?:\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}[^{}]*)*\})+;", text):
        statement = re.sub(r"\s+", " ", statement).strip()
        tag_only = re.fullmatch(r"(struct|union|enum) \w+;", statement)
        known_to_cffi_only = re.search(r"\.\.\.(?! ?\))|\[\.\.\.\]", statement)
        if "{" not in statement and not tag_only and not known_to_cffi_only and statement != ";":
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
