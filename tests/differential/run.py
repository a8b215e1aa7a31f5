#!/usr/bin/env python3
"""Our JSON against that of the Python headerkit, on what both say: functions with their types, fields, enum
constants, typedefs and integer macros, over the feature headers and some real ones.

    python3 tests/differential/run.py [--binary PATH] [--peer COMMAND] [HEADER...]

Differences must be those of known.toml: each is matched by a pattern there, each pattern matches one at least.
The peer is headerkit 0.47.8 in an environment of its own under target/, because our alias has its name.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "headers"))
sys.path.insert(0, str(HERE.parent / "corpus"))

import features  # noqa: E402
import irfacts  # noqa: E402
import judge  # noqa: E402
import reference  # noqa: E402

corpus = features.corpus
PEER = ["headerkit==0.47.8", "libclang-ng==22.1.4.2"]
REAL = ["zlib.h", "bzlib.h", "lz4.h", "expat.h", "sqlite3.h", "jansson.h", "lmdb.h", "cmark.h", "zstd.h", "yaml.h"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=corpus.default_binary())
    parser.add_argument("--peer", help="the command `headerkit` of that release")
    parser.add_argument("headers", nargs="*", help="names of feature headers, or real ones with `.h`")
    options = parser.parse_args()
    peer = options.peer or environment()
    setting = judge.Setting(options.binary, corpus.default_python(), [], None)
    names = options.headers or features.HEADERS + REAL
    found = []
    for name, ours, theirs in both(names, setting, peer):
        if theirs is None:
            found.append("{}: they write nothing".format(name))
        else:
            within = None if name in features.HEADERS else ours["path"]
            found += ["{}: {}".format(name, line) for line in differences(Ours(ours), Theirs(theirs, within))]
    sys.exit(1 if compare(found, bool(options.headers)) else 0)


def environment():
    """The peer's command; its environment is made when it is missing."""
    folder = corpus.TARGET / "headerkit-0.47.8"
    command = folder / "bin" / "headerkit"
    if not command.is_file():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "--quiet", *PEER], check=True)
    return str(command)


def both(names, setting, peer):
    """Name, our document, theirs (None where they fail), of each header."""
    places = {}
    for name in names:
        path = HERE.parent / "headers" / "c" / (name + ".h")
        places[name] = path if path.is_file() else Path(judge.header_path(name, []))
    with tempfile.TemporaryDirectory(prefix="differential-") as folder:
        plain = [name for name in names if not given(name)]
        ask_peer(peer, [places[name] for name in plain], [], folder, setting)
        for name in names:
            if given(name):
                ask_peer(peer, [places[name]], given(name), folder, setting)
            command = [setting.binary, places[name], "-w", "json", "-o", "json:ours.json", "--no-config", "--no-cache"]
            command += ["--scope", "library" if name in features.HEADERS else "header", *given(name)]
            reference.run(*command, cwd=folder, env=setting.environment)
            theirs = Path(folder, places[name].stem + ".theirs.json")
            ours = json.loads(Path(folder, "ours.json").read_text(encoding="utf-8"))
            yield name, ours, json.loads(theirs.read_text(encoding="utf-8")) if theirs.is_file() else None


def given(name):
    return features.options(name) if name in features.HEADERS else []


def ask_peer(peer, paths, options, folder, setting):
    """All headers in one process; those after a failure one by one."""
    template = "json:" + folder + "/{stem}.theirs.json"
    command = [peer, *paths, "-w", "json", "-o", template, "--no-cache", "--no-config", "--no-input", *options]
    # Our libclang is not theirs.
    environment = {name: value for name, value in setting.environment.items() if name != "LIBCLANG_PATH"}
    done = reference.run(*command, cwd=folder, env=environment, check=False)
    if done.returncode and len(paths) > 1:
        for path in paths:
            if not Path(folder, path.stem + ".theirs.json").is_file():
                ask_peer(peer, [path], options, folder, setting)


def element(ty):
    """The type, or that of the elements of an array."""
    return element(ty["of"]) if ty["kind"] == "array" else ty


class Ours:
    """Our document in common terms; types as prefix text, `*(const char)`."""

    def __init__(self, document):
        facts = irfacts.Facts(document)
        # The others are compared with compilers: tests/corpus.
        self.constants = {name: value for name, value in facts.constants.items() if isinstance(value, int)}
        self.functions, self.records, self.typedefs = {}, {}, set()
        for declaration in document["declarations"]:
            kind, name = declaration["kind"], declaration.get("name")
            if not declaration.get("bound", True):
                continue
            if kind == "function":
                self.functions[name] = self.function(declaration["type"])
            elif kind == "record" and "size" in declaration:
                self.records["{} {}".format(declaration["record"], name)] = dict(self.fields(declaration))
            elif kind == "typedef":
                self.typedefs.add(name)
            if kind in ("typedef", "variable"):
                definition = element(declaration["type"]).get("definition", {})
                self.constants.update({one["name"]: one["value"] for one in definition.get("constants", [])})

    def fields(self, record):
        for field in record.get("fields", []):
            definition = element(field["type"]).get("definition", {})
            for constant in definition.get("constants", []):
                self.constants[constant["name"]] = constant["value"]
            if "name" in field:
                width = ":{}".format(field["bit_width"]) if "bit_width" in field else ""
                yield field["name"], self.text(field["type"]) + width
            elif "fields" in definition:
                yield from self.fields(definition)

    def function(self, ty):
        parameters = [self.text(parameter["type"], top=True) for parameter in ty["parameters"]]
        return prototype(self.text(ty["result"], top=True), parameters, ty.get("variadic", False))

    def text(self, ty, top=False):
        kind = ty["kind"]
        if kind == "pointer":
            text = "*({})".format(self.text(ty["to"]))
        elif kind == "array":
            text = "[{}]({})".format("" if ty["length"] is None else ty["length"], self.text(ty["of"]))
        elif kind == "function":
            text = self.function(ty)
        elif kind in ("int", "float"):
            text = INTEGERS.get(ty.get("int")) or FLOATS[ty["float"]]
        elif kind == "record":
            text = "{} {}".format(ty["record"], ty["name"])
        elif kind == "enum":
            text = "enum " + ty["name"]
        elif kind == "typedef":
            text = ty["name"]
        elif kind in ("inline_record", "inline_enum"):
            text = "unnamed"
        else:
            text = {"void": "void", "bool": "_Bool", "va_list": "va_list"}.get(kind, kind)
        qualifiers = "".join(word + " " for word in ("const", "volatile") if ty.get(word))
        return text if top or not qualifiers else qualifiers + text


INTEGERS = {
    "char_s": "char", "char_u": "char", "s_char": "signed char", "u_char": "unsigned char", "short": "short",
    "u_short": "unsigned short", "int": "int", "u_int": "unsigned int", "long": "long", "u_long": "unsigned long",
    "long_long": "long long", "u_long_long": "unsigned long long", "int128": "__int128",
    "u_int128": "unsigned __int128",
}
FLOATS = {"half": "_Float16", "float": "float", "double": "double", "long_double": "long double",
          "float128": "__float128", "b_float16": "__bf16"}


class Theirs:
    """The peer's document in the same terms."""

    def __init__(self, document, within):
        """`within`: the only file whose declarations count, since they also bind what a header includes."""
        self.constants, self.functions, self.records, self.typedefs = {}, {}, {}, set()
        self.tags = set()
        for declaration in document["declarations"]:
            kind, name = declaration["kind"], declaration.get("name")
            if within and (declaration.get("location") or {}).get("file") != within:
                continue
            if kind == "constant" and isinstance(declaration.get("value"), int):
                self.constants[name] = declaration["value"]
            elif kind == "enum":
                self.constants.update({one["name"]: one["value"] for one in declaration["values"]})
            elif kind == "function":
                self.functions[name] = self.function(declaration)
            elif kind in ("struct", "union") and name and declaration["fields"]:
                self.records["{} {}".format(kind, name)] = dict(self.fields(declaration))
            if kind in ("struct", "union", "enum"):
                self.tags.add(name)
            elif kind == "typedef":
                self.typedefs.add(name)

    def fields(self, record):
        for field in record["fields"]:
            if field["name"]:
                width = ":{}".format(field["bit_width"]) if field.get("bit_width") is not None else ""
                inner = field.get("anonymous_struct") or field.get("anonymous_enum")
                yield field["name"], ("unnamed" if inner else self.text(field["type"])) + width
            elif field.get("anonymous_struct"):
                yield from self.fields(field["anonymous_struct"])

    def function(self, ty):
        parameters = [self.adjusted(parameter["type"]) for parameter in ty["parameters"]]
        return prototype(self.text(ty["return_type"], top=True), parameters, ty.get("is_variadic", False))

    def adjusted(self, ty):
        if ty["kind"] == "array":
            return "*({})".format(self.text(ty["element_type"]))
        return self.text(ty, top=True)

    def text(self, ty, top=False):
        kind = ty["kind"]
        if kind == "pointer":
            text = "*({})".format(self.text(ty["pointee"]))
        elif kind == "array":
            text = "[{}]({})".format("" if ty.get("size") is None else ty["size"], self.text(ty["element_type"]))
        elif kind == "function_pointer":
            text = self.function(ty)
        else:
            text = "unnamed" if "unnamed" in ty["name"] or "anonymous" in ty["name"] else ty["name"]
        qualifiers = "".join(word + " " for word in ("const", "volatile") if word in ty.get("qualifiers", []))
        return text if top or not qualifiers else qualifiers + text


def prototype(result, parameters, variadic):
    return "({})->{}".format(", ".join(parameters + ["..."] * variadic), result)


def differences(ours, theirs):
    for what in ("functions", "records", "constants"):
        mine, other = getattr(ours, what), getattr(theirs, what)
        for name in sorted({*mine, *other}):
            one, two = mine.get(name), other.get(name)
            if one == two:
                continue
            if one is None or two is None:
                yield "{} {}: only {}".format(what[:-1], name, "theirs" if one is None else "ours")
            elif what == "records":
                for field in sorted({*one, *two}):
                    if one.get(field) != two.get(field):
                        yield "field {}.{}: {} and {}".format(name, field, one.get(field), two.get(field))
            else:
                yield "{} {}: {} and {}".format(what[:-1], name, one, two)
    # They write no typedef for a tag of the same name.
    for name in sorted((ours.typedefs - theirs.tags) ^ (theirs.typedefs - theirs.tags)):
        yield "typedef {}: only {}".format(name, "ours" if name in ours.typedefs else "theirs")


def compare(found, partial):
    """Prints what is unknown and what is gone; returns whether anything is."""
    with open(HERE / "known.toml", "rb") as stream:
        known = corpus.tomllib.load(stream).get("known", [])
    patterns = [re.compile(entry["pattern"]) for entry in known]
    used, wrong = set(), 0
    for line in found:
        matching = [index for index, pattern in enumerate(patterns) if pattern.search(line)]
        used.update(matching)
        if not matching:
            print("UNKNOWN " + line)
            wrong += 1
    gone = [] if partial else [entry["pattern"] for index, entry in enumerate(known) if index not in used]
    for pattern in gone:
        print("GONE (remove it from known.toml) " + pattern)
    print("{} differences, {} unknown, {} entries gone".format(len(found), wrong, len(gone)))
    return wrong + len(gone)


if __name__ == "__main__":
    main()
