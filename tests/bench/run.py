"""Benchmarks, run by hand: python3 tests/bench/run.py [--runs N] [--no-peer]

Prints ratios within one run: generation against libclang's own parse of the same header and against the Python
headerkit, a hook whose headers all hit against the bare inner backend, peak memory, a module of 20 files against its
compiler. Needs a release build
(`cargo build --release`), a C compiler, and what it installs into target/bench-venv: hatchling, libclang-ng
and headerkit 0.47.8.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
PEER = "headerkit==0.47.8"
# The newest libclang that the peer works with, told by an environment variable which one it is.
LIBCLANG = "libclang-ng==19.1.7.2"
PEER_LIBCLANG = {"CIR_CLANG_VERSION": "19"}


# As front ends do it: a process for the hook. Its whole life counts, for either backend.
HOOK = (
    "import sys, importlib; sys.path.insert(0, sys.argv[2]);"
    "importlib.import_module(sys.argv[1]).build_wheel(sys.argv[3], {})"
)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--no-peer", action="store_true")
    options = parser.parse_args()
    binary = TARGET / "release" / "headerkit-backend"
    if not binary.is_file():
        sys.exit("build it first: cargo build --release")
    python = tools()
    library = libclang(python)
    print("binary      {} KiB, {}".format(binary.stat().st_size // 1024, library))
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        (work / "elsewhere").mkdir()
        cold(options, binary, python, library, work)
        hit(options, binary, library, work)
        hook(options, binary, python, work)
        modules(options, python, work)


def cold(options, binary, python, library, work):
    """Generation with an empty store: CPU of the whole process tree."""
    parse_only = work / "parse_only"
    source = Path(__file__).with_name("parse_only.c")
    subprocess.run(["cc", "-O1", "-o", parse_only, source, "-ldl"], check=True)
    print("\ncold generation, CPU ms (min of {}), cffi writer".format(options.runs))
    print("{:<22}{:>10}{:>10}{:>8}{:>12}{:>10}{:>10}".format("header", "libclang", "ours", "ratio", "peer", "ratio", "MiB"))
    for header in headers(work):
        environment = dict(os.environ, LIBCLANG_PATH=str(library))
        line = subprocess.run(
            [binary, "inspect", "args", header, "--no-config"], env=environment, cwd=work, check=True, stdout=subprocess.PIPE, text=True
        ).stdout.splitlines()[1]
        arguments = line.split()
        alone = least(options.runs, [parse_only, library, header] + arguments, environment, work)
        command = [binary, header, "-w", "cffi", "--no-cache", "--no-config", "-q"]
        ours = least(options.runs, command, environment, work)
        peer, ratio = "-", "-"
        if not options.no_peer:
            # It knows no builtin headers of a libclang from PyPI.
            builtin = library.parent / "resource" / "include"
            command = [python.with_name("headerkit"), header, "-w", "cffi", "--no-cache", "--no-config", "-I", builtin]
            command += ["-o", "cffi:" + str(work / "peer.txt")]
            theirs = least(max(1, options.runs // 5), command, dict(environment, **PEER_LIBCLANG), work / "elsewhere")
            peer, ratio = "{:.0f}".format(theirs["cpu"]), "{:.0f}".format(theirs["cpu"] / ours["cpu"])
        print(
            "{:<22}{:>10.1f}{:>10.1f}{:>8.2f}{:>12}{:>10}{:>10.0f}".format(
                Path(header).name, alone["cpu"], ours["cpu"], ours["cpu"] / alone["cpu"], peer, ratio, ours["rss"]
            )
        )


def hit(options, binary, library, work):
    """Generation from a filled store, no libclang touched."""
    print("\ngeneration from the store, wall ms (min of {})".format(options.runs))
    environment = dict(os.environ, LIBCLANG_PATH="/nonexistent")
    filled = dict(os.environ, LIBCLANG_PATH=str(library))
    for header in headers(work):
        name = Path(header).name
        command = [binary, header, "-w", "cffi", "--store-dir", work / "store", "--no-config", "-q"]
        subprocess.run(command, env=filled, cwd=work, check=True, stdout=subprocess.DEVNULL)
        print("{:<22}{:>10.1f}".format(name, least(options.runs, command, environment, work)["wall"]))
    print("\n--help, wall ms       {:>10.1f}".format(least(options.runs, [binary, "--help"], environment, work)["wall"]))


def hook(options, binary, python, work):
    """A build_wheel process through the shim, all headers in the store, against one of the inner backend."""
    project = work / "project"
    shutil.copytree(ROOT / "examples" / "zlib-ctypes", project)
    shim = work / "prefix" / "lib"
    shutil.copytree(ROOT / "shim" / "headerkit_backend", shim / "headerkit_backend")
    (work / "prefix" / "bin").mkdir()
    shutil.copy2(binary, work / "prefix" / "bin")
    out = work / "out"
    out.mkdir()
    environment = dict(os.environ, LIBCLANG_PATH="/nonexistent", PYTHONWARNINGS="ignore")
    generated = project / "src" / "zlib_ctypes" / "_zlib.py"
    times = {"hatchling.build": [], "headerkit_backend": [], "start": []}
    commands = {name: [python, "-c", HOOK, name, shim, out] for name in times}
    commands["start"] = [python, "-c", "pass"]
    # The inner backend gets the generated file too: both then build the same wheel.
    subprocess.run(commands["headerkit_backend"], env=environment, cwd=project, check=True)
    for _ in range(options.runs):
        for name, command in commands.items():
            started = time.perf_counter()
            subprocess.run(command, env=environment, cwd=project, check=True)
            times[name].append((time.perf_counter() - started) * 1e3)
    assert generated.is_file()
    inner, ours, start = (statistics.median(times[key]) for key in ("hatchling.build", "headerkit_backend", "start"))
    print("\nbuild_wheel with a full hit, wall ms (median of {})".format(options.runs))
    print("bare inner backend    {:>10.1f}".format(inner))
    print("one interpreter start {:>10.1f}".format(start))
    print("through us            {:>10.1f}".format(ours))
    print("our own part          {:>10.1f}".format(ours - inner - start))


MODULE = """\
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_native", NULL, -1, NULL, NULL, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit__native(void) { return PyModule_Create(&module); }
"""
TABLE = """\
[build-system]
requires = ["headerkit-backend", "hatchling"]
build-backend = "headerkit_backend"
[project]
name = "native"
version = "1"
[tool.hatch.build.targets.wheel]
packages = ["native"]
[[tool.headerkit.extensions]]
name = "native._native"
sources = ["native/*.c"]
compiler = "system"
"""


def modules(options, python, work):
    """An extension module of 20 files: built for the first time, and with nothing to do."""
    project = work / "module"
    (project / "native").mkdir(parents=True)
    (project / "pyproject.toml").write_text(TABLE)
    (project / "native" / "__init__.py").write_text("")
    (project / "native" / "_native.c").write_text(MODULE)
    for index in range(19):
        functions = "".join(
            "long f_{0}_{1}(long a, const char *s) {{ for (; *s; s++) a = a * {1} + *s; return a % ({1} + 7); }}\n".format(index, number)
            for number in range(400)
        )
        (project / "native" / "part_{}.c".format(index)).write_text("#include <Python.h>\n" + functions)
    shim, out, objects = work / "prefix" / "lib", work / "out", work / "objects"
    environment = dict(os.environ, HEADERKIT_BUILD_DIR=str(objects), PYTHONWARNINGS="ignore")
    ours = [python, "-c", HOOK, "headerkit_backend", shim, out]
    inner = [python, "-c", HOOK, "hatchling.build", shim, out]
    include = run([python, "-c", "import sysconfig; print(sysconfig.get_path('include'))"], environment, work)
    compilers, cold = [], []
    for _ in range(3):
        compiler = 0
        for source in sorted((project / "native").glob("*.c")):
            command = ["cc", "-O2", "-DNDEBUG", "-fwrapv", "-fPIC", "-fvisibility=hidden", "-I" + include, "-c", source, "-o", work / "o.o"]
            compiler += measure(command, environment, project)["wall"]
        compilers.append(compiler)
        shutil.rmtree(objects, ignore_errors=True)
        cold.append(measure(ours, environment, project)["wall"])
    again, bare = (least(options.runs, command, environment, project)["wall"] for command in (ours, inner))
    share = min(compilers) / len(os.sched_getaffinity(0))
    print("\nmodule of 20 files, wall ms (min of 3; min of {} with nothing to do)".format(options.runs))
    print("compiler's own time / cores {:>10.1f}".format(share))
    print("bare inner backend          {:>10.1f}".format(bare))
    print("first build                 {:>10.1f}".format(min(cold)))
    print("ratio without inner backend {:>10.2f}".format((min(cold) - bare) / share))
    print("nothing to do, our own part {:>10.1f}".format(again - bare))


def headers(work):
    big = work / "big.h"
    if not big.is_file():
        big.write_text("".join(declarations(index) for index in range(2500)))
    found = [Path("/usr/include/zlib.h"), Path("/usr/include/sqlite3.h"), big]
    return [str(path) for path in found if path.is_file()]


def declarations(index):
    """Four declarations: the header made of them has 10,000."""
    return (
        "struct record_{0} {{ int a; double b[4]; struct record_{0} *next; unsigned c : 3; }};\n"
        "typedef int (*callback_{0})(const struct record_{0} *, void *);\n"
        "#define CONSTANT_{0} (0x{0:x}u << 2)\n"
        "int function_{0}(struct record_{0} *record, callback_{0} callback, const char *name);\n"
    ).format(index)


def least(runs, command, environment, work):
    """Least CPU and wall time in ms and the greatest memory in MiB of some runs."""
    results = [measure(command, environment, work) for _ in range(runs)]
    return {
        "cpu": min(result["cpu"] for result in results),
        "wall": min(result["wall"] for result in results),
        "rss": max(result["rss"] for result in results),
    }


MEASURE = """
import json, os, resource, subprocess, sys, time
started = time.perf_counter()
status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
wall = time.perf_counter() - started
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"status": status, "wall": wall * 1e3, "cpu": (used.ru_utime + used.ru_stime) * 1e3, "rss": used.ru_maxrss / 1024}))
"""


def measure(command, environment, work):
    text = run([sys.executable, "-c", MEASURE] + [str(part) for part in command], environment, work)
    result = json.loads(text)
    if result["status"]:
        sys.exit("failed: {}".format(command))
    return result


def run(command, environment, folder):
    done = subprocess.run([str(part) for part in command], env=environment, cwd=folder, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit("failed: {}".format(command))
    return done.stdout.strip().splitlines()[-1]


def tools():
    folder = TARGET / "bench-venv"
    python = folder / "bin" / "python"
    if not python.is_file():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "hatchling", LIBCLANG, PEER], check=True)
    return python


def libclang(python):
    code = "import clang, os; print(os.path.join(list(clang.__path__)[0], 'native', 'libclang.so'))"
    return Path(subprocess.run([python, "-c", code], check=True, stdout=subprocess.PIPE, text=True).stdout.strip())


if __name__ == "__main__":
    main()
