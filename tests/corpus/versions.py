#!/usr/bin/env python3
"""Whether every libclang gives the same IR and outputs, byte for byte, for the feature headers and the corpus.

    python3 tests/corpus/versions.py --libclang FILE... [--headers PATTERN]... [--binary PATH] [--jobs N] [--diff]

The first FILE (a libclang.so) is what the others are compared with. Of PyPI's wheels one is had with
`pip install --no-deps --target DIR libclang==18.1.1` or `libclang-ng==21.1.8.2` as DIR/clang/native/libclang.so,
of Debian's with `apt-get install libclang1-14` as /usr/lib/llvm-14/lib/libclang.so.1.
Prints a table, one column per libclang, and exits with 1 if a difference is not in versions.toml, or the other way round.
"""

import argparse
import concurrent.futures
import difflib
import json
import os
import re
import sys
import tempfile
from pathlib import Path

import judge
import run as corpus
from reference import Failed, first_error, run

HERE = Path(__file__).resolve().parent
FEATURES = HERE.parent / "headers" / "c"
# `json` is the IR but for the target; the others show that no writer looks elsewhere.
WRITERS = {"json": "out.json", "cffi": "out.txt", "ctypes": "out_ctypes.py", "cython": "out.pxd", "lua": "out.lua"}


def main():
    options = arguments()
    names = [name for name in features() + entries() if corpus.chosen({"include": name}, options.headers)]
    if not names:
        sys.exit("error: no header matches")
    versions = [version(options.binary, library) for library in options.libclang]
    differing = {number: [] for number in versions}
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for name, problems in zip(names, pool.map(lambda name: compared(name, options, versions), names)):
            for number, what in problems:
                differing[number].append((name, what))
                print("{}: libclang {}: {}".format(name, number, what), flush=True)
    print("{:<28}{:>9}{:>11}".format("libclang", "headers", "different"))
    for number in versions:
        print("{:<28}{:>9}{:>11}".format(number, len(names), len({name for name, _ in differing[number]})))
    found = {(name, number.split(".")[0]) for number, rows in differing.items() for name, _ in rows}
    known = {(entry["header"], major) for entry in accepted() for major in entry["libclang"]}
    majors = {number.split(".")[0] for number in versions}
    known = {(name, major) for name, major in known if name in names and major in majors}
    for name, major in sorted(found - known):
        print("WRONG {} with libclang {}".format(name, major))
    for name, major in sorted(known - found):
        print("GONE (remove it from versions.toml) {} with libclang {}".format(name, major))
    sys.exit(1 if found ^ known else 0)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--libclang", nargs="+", metavar="FILE", required=True, help="two or more libclang.so")
    parser.add_argument("--headers", action="append", metavar="PATTERN", help="glob of include names (repeatable)")
    parser.add_argument("--binary", default=corpus.default_binary(), help="headerkit-backend to use")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--diff", action="store_true", help="show the first lines that differ")
    options = parser.parse_args()
    if len(options.libclang) < 2:
        parser.error("two libclangs are needed")
    return options


def features():
    return sorted(path.name for path in FEATURES.glob("*.h"))


def entries():
    return [entry["include"] for entry in corpus.read("headers.toml")["header"]]


def accepted():
    return corpus.read("versions.toml").get("accepted", [])


def environment(library):
    return dict(os.environ, LIBCLANG_PATH=os.path.abspath(library))


def version(binary, library):
    told = run(binary, "doctor", "--json", env=environment(library), check=False).stdout
    found = re.search(r"version (\d+\.\d+\.\d+)", told)
    if not found:
        raise SystemExit("error: {} is no libclang that works".format(library))
    return found.group(1)


def compared(name, options, versions):
    """`(version, what differs)` for each libclang after the first one."""
    first, problems = None, []
    for library, number in zip(options.libclang, versions):
        try:
            made = outputs(command_for(name, options.binary), library)
        except Failed as error:
            return problems + [(number, str(error))]
        if first is None:
            first = made
        elif made != first:
            parts = [part for part in first if made[part] != first[part]]
            problems.append((number, "differs in " + ", ".join(parts)))
            if options.diff:
                show(number, first, made, parts[0])
    return problems


def command_for(name, binary):
    writers = []
    for writer, file in WRITERS.items():
        writers += ["-w", writer, "-o", "{}:{}".format(writer, file)]
    base = [binary, "--no-cache", "--json", *writers]
    if name in features():
        first = (FEATURES / name).read_text(encoding="utf-8").partition("\n")[0]
        start = "// headerkit:"
        given = first[len(start) :].split() if first.startswith(start) else []
        return [*base, str(FEATURES / name), *given], []
    entry = next(entry for entry in corpus.read("headers.toml")["header"] if entry["include"] == name)
    flags = judge.flags_of(entry)
    command = [*base, judge.header_path(name, flags), "--scope", entry.get("scope", "library")]
    for flag in flags:
        command += [flag[:2], flag[2:]]
    for before in entry.get("before", []):
        command += ["--backend-arg=-include", "--backend-arg=" + before]
    return command, entry.get("own", [])


def outputs(command, library):
    """What each writer made, by its name."""
    command, own = command
    with tempfile.TemporaryDirectory(prefix="versions-") as folder:
        config = "own = {}\n".format(json.dumps([name + "/**" for name in own]))
        Path(folder, ".headerkit.toml").write_text(config, encoding="utf-8")
        done = run(*command, cwd=folder, env=environment(library), check=False)
        if done.returncode:
            raise Failed("{}: {}".format(command[-1], first_error(done.stderr, done.returncode)))
        made = {}
        for writer, file in WRITERS.items():
            made[writer] = Path(folder, file).read_text(encoding="utf-8").replace(folder, ".")
        return made


def show(number, first, made, part):
    lines = difflib.unified_diff(
        first[part].splitlines(), made[part].splitlines(), "first", number, n=0, lineterm=""
    )
    for line, _ in zip(lines, range(12)):
        print("    " + line[:240])


if __name__ == "__main__":
    main()
