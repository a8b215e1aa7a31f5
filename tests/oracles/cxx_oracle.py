"""Cython, the C++ compiler and the interpreter as judges of the .pxd of a C++ header.

``check`` writes the .pxd, compiles a module that uses it, and compares what its ``run`` gives with the first
line of the module's source. Run by hand: ``python cxx_oracle.py BINARY [NAME...]``.
"""

import ast
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

HEADERS = Path(__file__).resolve().parents[1] / "headers" / "cxx"


def call(command, cwd):
    return subprocess.run([str(part) for part in command], cwd=str(cwd), capture_output=True, text=True)


def check(binary, header, source, folder, libraries=(), flags=(), arguments=(), env=None):
    """The problem with the .pxd of ``header``, as text; empty if there is none."""
    folder = Path(folder)
    command = [binary, header, "-w", "cython", "--no-cache", "--no-config", "-o", "cython:decl.pxd", *flags, *arguments]
    made = subprocess.run([str(part) for part in command], cwd=str(folder), capture_output=True, text=True, env=env)
    if made.returncode:
        return "no .pxd:\n" + made.stderr
    text = Path(source).read_text(encoding="utf-8")
    (folder / "use.pyx").write_text(text, encoding="utf-8")
    made = call([sys.executable, "-m", "cython", "-3", "--cplus", "-Werror", "use.pyx"], folder)
    if made.returncode:
        return "Cython rejects it:\n" + made.stdout + made.stderr
    include = sysconfig.get_paths()["include"]
    includes = ["-I{}".format(include), "-I{}".format(Path(header).parent)]
    made = call(["g++", "-std=c++17", "-shared", "-fPIC", "-O0", "-w", *includes, *flags, "use.cpp", "-o", "use.so",
                 *("-l" + library for library in libraries)], folder)
    if made.returncode:
        errors = [line for line in made.stderr.splitlines() if "error" in line]
        return "the C++ compiler rejects it:\n" + "\n".join(errors[:10])
    ran = call([sys.executable, "-c", "import use; print(repr(use.run()))"], folder)
    if ran.returncode:
        return "the module fails:\n" + ran.stderr
    expected = ast.literal_eval(text.splitlines()[0].split(":", 1)[1].strip())
    given = ast.literal_eval(ran.stdout)
    return "" if given == expected else "expected {!r}, got {!r}".format(expected, given)


def main(binary, names):
    failed = 0
    for header in sorted(HEADERS.glob("*.hpp")):
        if names and header.stem not in names:
            continue
        with tempfile.TemporaryDirectory() as folder:
            problem = check(binary, header, header.with_suffix(".pyx"), folder)
        failed += bool(problem)
        print("{}: {}".format(header.stem, problem or "ok"))
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
