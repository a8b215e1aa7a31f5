#!/usr/bin/env python3
"""The feature headers: what the parser makes of each, and what the consumers make of every writer's output.

    python3 tests/headers/features.py [--binary PATH] [NAME...]

The parser's half is compared with `expectations/NAME.ir.json` (HEADERKIT_UPDATE=1 rewrites them), the writers'
half is judged as real headers are, see tests/corpus. Differences that are accepted stand in accepted.toml, and the list
is exact. Options of a header stand in its first line: `// headerkit: -D NAME[=VALUE]`.
"""

import concurrent.futures
import os
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "corpus"))

import judge  # noqa: E402
import run as corpus  # noqa: E402
from reference import Failed, run  # noqa: E402

HEADERS = sorted(path.stem for path in (HERE / "c").glob("*.h"))
TARGET = "x86_64-linux-gnu"


def options(name):
    """The arguments that a header's first line asks for."""
    first = (HERE / "c" / (name + ".h")).read_text(encoding="utf-8").partition("\n")[0]
    start = "// headerkit:"
    return first[len(start) :].split() if first.startswith(start) else []


def parsed(name, binary, environment):
    """The IR, for one target wherever this runs."""
    command = [binary, "inspect", "ir", "c/{}.h".format(name), "--target", TARGET, "--no-config", "--no-cache"]
    return run(*command, *options(name), cwd=HERE, env=environment).stdout


def parser_problem(name, binary, environment):
    """What differs from the expectation, if anything."""
    expectation = HERE / "expectations" / (name + ".ir.json")
    text = parsed(name, binary, environment)
    if os.environ.get("HEADERKIT_UPDATE") == "1":
        expectation.parent.mkdir(exist_ok=True)
        expectation.write_text(text, encoding="utf-8")
        return None
    if not expectation.is_file():
        return "no expectation: run with HEADERKIT_UPDATE=1 and look at it"
    wanted = expectation.read_text(encoding="utf-8")
    if text == wanted:
        return None
    lines = zip((wanted + "\n").splitlines(), (text + "\n").splitlines())
    return next(("{}\n instead of\n{}".format(b, a) for a, b in lines if a != b), "one is longer")


def writer_problems(name, setting):
    """`(writer, problem)` of every writer that is not right."""
    given = options(name)
    defines = [value for flag, value in zip(given, given[1:]) if flag == "-D"]
    entry = {"include": name + ".h", "path": str(HERE / "c" / (name + ".h")), "defines": defines}
    with tempfile.TemporaryDirectory(prefix="headers-") as folder:
        row = judge.judge(entry, setting, folder)
    return {(writer, problem) for writer, result in row["writers"].items() for problem in result["problems"]}


def accepted(name):
    with open(HERE / "accepted.toml", "rb") as stream:
        entries = corpus.tomllib.load(stream).get("accepted", [])
    return {(entry["writer"], entry["problem"]) for entry in entries if entry["header"] == name}


def check(name, setting):
    """Everything that is wrong with one header, as lines."""
    try:
        difference = parser_problem(name, setting.binary, setting.environment)
    except Failed as error:
        difference = str(error)
    lines = ["parser: " + difference] if difference else []
    found, known = writer_problems(name, setting), accepted(name)
    lines += ["{}: {}".format(*problem) for problem in sorted(found - known)]
    lines += ["gone, remove it from accepted.toml: {}: {}".format(*problem) for problem in sorted(known - found)]
    return lines


def main():
    arguments = sys.argv[1:]
    binary = corpus.default_binary()
    if "--binary" in arguments:
        place = arguments.index("--binary")
        binary = arguments.pop(place + 1)
        arguments.pop(place)
    setting = judge.Setting(binary, corpus.default_python(), judge.WRITERS, None)
    names = arguments or HEADERS
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        wrong = 0
        for name, lines in zip(names, pool.map(lambda name: check(name, setting), names)):
            wrong += bool(lines)
            for line in lines:
                print(name + ": " + line, flush=True)
    print("{} headers, {} differ".format(len(names), wrong))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
