#!/usr/bin/env python3
"""The corpus of real headers: every writer's output is judged by its consumer and by the C compiler.

    python3 tests/corpus/run.py [--install] [--ci] [--writers W,W] [--headers PATTERN] [--binary PATH] [--json FILE]

Prints a table of headers and writers, and what is wrong. Exit status 1 if anything differs from accepted.toml,
in either direction, as far as headers and writers are those that were asked for. Needs Linux, gcc, pkg-config, and for each writer its consumer (cffi, Cython, luajit);
the Python is HEADERKIT_TEST_PYTHON, or that of tests/run, or the one that runs this.
"""

import argparse
import concurrent.futures
import fnmatch
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import judge

try:
    import tomllib
except ImportError:
    import tomli as tomllib

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))


def main():
    options = arguments()
    entries = read("headers.toml")["header"]
    selected = [entry for entry in entries if chosen(entry, options.headers) and (entry.get("ci") or not options.ci)]
    if not selected:
        sys.exit("error: no header matches")
    if options.install:
        install(selected)
    if not any(map(shutil.which, judge.values.CLANGS)):
        print("note: no clang is installed, so gcc alone judges the constants")
    setting = judge.Setting(options.binary, options.python, options.writers.split(","), options.keep)
    started = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        rows = []
        for row in pool.map(lambda entry: judged(entry, setting), selected):
            rows.append(row)
            print("\r{}/{} {:30.30}".format(len(rows), len(selected), row["header"]), end="\r", file=sys.stderr, flush=True)
    seconds = time.monotonic() - started
    if options.json:
        Path(options.json).write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    show(rows, setting.writers)
    wrong = compare(rows, read("accepted.toml").get("accepted", []), setting.writers)
    print("{} headers of {} packages in {:.0f} s".format(len(rows), len({e["package"] for e in selected}), seconds))
    sys.exit(1 if wrong else 0)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--install", action="store_true", help="apt-get install the packages that are missing")
    parser.add_argument("--writers", default=",".join(judge.WRITERS), help="comma-separated; default: all")
    parser.add_argument("--headers", action="append", metavar="PATTERN", help="glob of include names (repeatable)")
    parser.add_argument("--ci", action="store_true", help="only the headers that headers.toml marks for CI")
    parser.add_argument("--binary", default=default_binary(), help="headerkit-backend to use")
    parser.add_argument("--python", default=default_python(), help="interpreter that has the consumers")
    parser.add_argument("--json", metavar="FILE", help="write all figures and problems")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", metavar="DIR", help="keep each header's files there")
    options = parser.parse_args()
    unknown = set(options.writers.split(",")) - set(judge.WRITERS)
    if unknown:
        parser.error("unknown writer {}; there are {}".format(sorted(unknown)[0], ", ".join(judge.WRITERS)))
    if not options.binary:
        parser.error("no binary under {}: run `cargo build`, or name one with --binary".format(TARGET))
    return options


def default_binary():
    found = [TARGET / kind / "headerkit-backend" for kind in ("debug", "release")]
    found = sorted((path for path in found if path.is_file()), key=lambda path: path.stat().st_mtime)
    return str(found[-1]) if found else None


def default_python():
    of_tests = TARGET / "test-venv" / "bin" / "python"
    return os.environ.get("HEADERKIT_TEST_PYTHON") or (str(of_tests) if of_tests.is_file() else sys.executable)


def read(name):
    with open(HERE / name, "rb") as stream:
        return tomllib.load(stream)


def chosen(entry, patterns):
    return not patterns or any(fnmatch.fnmatch(entry["include"], pattern) for pattern in patterns)


def install(entries):
    """Installs the packages that dpkg does not know as installed."""
    wanted = sorted({entry["package"] for entry in entries})
    query = ["dpkg-query", "-W", "-f=${Package} ${db:Status-Status}\n", *wanted]
    listed = subprocess.run(query, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8").stdout
    present = {line.split()[0] for line in listed.splitlines() if line.endswith(" installed")}
    missing = [name for name in wanted if name not in present]
    if missing:
        quiet = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        subprocess.run(["apt-get", "update", "-qq"], env=quiet)
        command = ["apt-get", "install", "-qq", "-y", "--no-install-recommends", *missing]
        subprocess.run(command, env=quiet, check=True, stdout=subprocess.DEVNULL)


def judged(entry, setting):
    """One row of the table: the figures of each writer and the problems."""
    if setting.keep:
        folder = os.path.join(os.path.abspath(setting.keep), entry["include"].replace("/", "_"))
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        return judge.judge(entry, setting, folder)
    with tempfile.TemporaryDirectory(prefix="corpus-") as folder:
        return judge.judge(entry, setting, folder)


def show(rows, writers):
    """Per writer: functions declared/in the library, records right/asked, macros right/asked."""
    width = max(len(row["header"]) for row in rows)
    print("functions declared/in the library, layouts right/all, macros right/all")
    print(" | ".join(["header".ljust(width), *(writer.center(27) for writer in writers)]))
    totals = {writer: [0] * 6 for writer in writers}
    for row in rows:
        cells = []
        for writer in writers:
            figures = row["writers"].get(writer, {}).get("figures")
            problems = len(row["writers"].get(writer, {}).get("problems", []))
            if figures:
                totals[writer] = [a + (b or 0) for a, b in zip(totals[writer], figures)]
            failed = not figures and (problems or "header" in row["writers"])
            cells.append("FAILED".ljust(27) if failed else cell(figures, "{} !".format(problems) if problems else "ok"))
        print(" | ".join([row["header"].ljust(width), *cells]))
    print(" | ".join(["all".ljust(width), *(cell(totals[writer], "") for writer in writers)]))


def cell(figures, state):
    text = "-"
    if figures:
        text = ("{}/{} {}/{} {}/{}" if figures[3] is not None else "{}/{}").format(*figures)
    return "{} {}".format(text.ljust(22), state.rjust(4))


def compare(rows, accepted, writers):
    """Prints what is new and what is gone; returns how many."""
    found = {
        (row["header"], writer, problem)
        for row in rows
        for writer, result in row["writers"].items()
        for problem in result["problems"]
    }
    headers = {row["header"] for row in rows}
    known = {
        (entry["header"], entry["writer"], entry["problem"])
        for entry in accepted
        if entry["header"] in headers and entry["writer"] in [*writers, "header"]
    }
    for header, writer, problem in sorted(found - known):
        print("WRONG {} {}: {}".format(header, writer, problem))
    for header, writer, problem in sorted(known - found):
        print("GONE (remove it from accepted.toml) {} {}: {}".format(header, writer, problem))
    return len(found ^ known)


if __name__ == "__main__":
    main()
