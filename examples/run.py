"""Builds our wheel, then an example project with it the way a stranger would, and calls the result.

    python3 examples/run.py [EXAMPLE ...]      default: zlib-ctypes

Everything happens in a temporary directory. libclang is hidden, so the bindings can only come from the
example's committed store. Set HEADERKIT_WHEELS to a folder with our wheels to skip building them.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main():
    names = sys.argv[1:] or ["zlib-ctypes"]
    with tempfile.TemporaryDirectory(prefix="headerkit-example-") as folder:
        work = Path(folder)
        python = environment(work / "tools")
        wheels = ready_wheels() or build_wheels(python, work / "wheels")
        for name in names:
            run_example(name, python, wheels, work)


def ready_wheels():
    wheels = os.environ.get("HEADERKIT_WHEELS")
    return Path(wheels).resolve() if wheels else None


def build_wheels(python, folder):
    step("build the wheel of headerkit-backend")
    run(python, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT)
    show(folder)
    return folder


def run_example(name, python, wheels, work):
    project = work / name
    shutil.copytree(ROOT / "examples" / name, project, ignore=shutil.ignore_patterns("__pycache__", "build"))
    built = work / (name + "-wheel")
    step("build {} in an isolated environment, with libclang hidden".format(name))
    links = " ".join(filter(None, [str(wheels), os.environ.get("PIP_FIND_LINKS")]))
    hidden = dict(os.environ, PIP_FIND_LINKS=links, LIBCLANG_PATH=str(work / "no-libclang-here"))
    run(python, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", built, project, env=hidden)
    wheel = show(built)
    run(python, "-m", "zipfile", "-l", wheel)
    step("install it into a new environment and call it")
    clean = environment(work / (name + "-clean"))
    run(clean, "-m", "pip", "install", "--quiet", wheel)
    run(clean, project / "demo.py", cwd=work)


def environment(folder):
    venv.create(folder, with_pip=True)
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def show(folder):
    (wheel,) = folder.glob("*.whl")
    print("   ", wheel.name, "({} KiB)".format(wheel.stat().st_size // 1024), flush=True)
    return wheel


def step(text):
    print("==>", text, flush=True)


def run(*command, **options):
    command = [str(part) for part in command]
    result = subprocess.run(command, **options)
    if result.returncode:
        sys.exit("failed: " + " ".join(command))


if __name__ == "__main__":
    main()
