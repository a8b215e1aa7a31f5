#!/usr/bin/env python3
"""Packages of the package index, converted to headerkit-backend: built under isolation, and passed by their own tests.

    tests/trials/run.py [--wheels DIR] [--libclang FILE] [NAME...]

For each package the source distribution is downloaded, its pyproject.toml gets our backend with its own one inside, its
build scripts go, and what they said is said in `[tool.headerkit]`. pip builds the wheel; the tests of the distribution run
against it in an environment that has nothing else. `--wheels` names the folder with our wheels (default: target/wheels).
Nothing of the packages is kept.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# What replaces the build scripts. `uses` is run in the finished environment: the module must be ours, not a fallback.
PACKAGES = {
    # A vendored C library through cffi's API mode; its cdef was written by hand before.
    "argon2-cffi-bindings==25.1.0": {
        "backend": "setuptools.build_meta",
        "remove": ["setup.py"],
        "configuration": """
[tool.headerkit]
writers = ["cffi"]
include_dirs = ["extras/libargon2/include"]

[tool.headerkit.headers."extras/libargon2/include/argon2.h"]

[tool.headerkit.writer.cffi]
mode = "api"

[[tool.headerkit.extensions]]
name = "_argon2_cffi_bindings._ffi"
cffi = {header = "extras/libargon2/include/argon2.h", source = "#include <argon2.h>"}
sources = [
    "extras/libargon2/src/argon2.c", "extras/libargon2/src/core.c", "extras/libargon2/src/encoding.c",
    "extras/libargon2/src/ref.c", "extras/libargon2/src/thread.c", "extras/libargon2/src/blake2/blake2b.c",
]
include_dirs = ["extras/libargon2/include"]
limited_api = "3.9"
""",
        "requires": ["setuptools>=77", "setuptools_scm[toml]>=6.2"],
        "tag": r"cp39-abi3-manylinux",
        "uses": "import _argon2_cffi_bindings._ffi as module; print(module.lib.argon2_error_message(-35))",
    },
    # A module in C beside Python code that can do without it.
    "MarkupSafe==3.0.2": {
        "backend": "setuptools.build_meta",
        "remove": ["setup.py"],
        "configuration": """
[[tool.headerkit.extensions]]
name = "markupsafe._speedups"
sources = ["src/markupsafe/_speedups.c"]
""",
        "requires": ["setuptools>=70.1"],
        "tag": r"cp{0}{1}-cp{0}{1}-manylinux".format(*sys.version_info[:2]),
        "uses": "import markupsafe, markupsafe._speedups as module; assert markupsafe._escape_inner is module._escape_inner",
    },
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--wheels", type=Path, default=ROOT / "target" / "wheels")
    parser.add_argument("--libclang", help="the libclang to parse with; default: the one that the build installs")
    arguments = parser.parse_args()
    wrong = []
    for package in PACKAGES:
        if arguments.names and package.split("==")[0] not in arguments.names:
            continue
        with tempfile.TemporaryDirectory(prefix="trial-") as folder:
            try:
                print(package, *trial(package, Path(folder), arguments), sep=" | ", flush=True)
            except subprocess.CalledProcessError as error:
                wrong.append(package)
                print("WRONG {}: {}\n{}".format(package, error, error.stdout), flush=True)
            except AssertionError as error:
                wrong.append(package)
                print("WRONG {}: {}".format(package, error), flush=True)
    return 1 if wrong else 0


def trial(package, folder, arguments):
    """Converts, builds and tests a package; returns the name of the wheel and what its tests said."""
    plan = PACKAGES[package]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    said(*pip, "download", "--no-deps", "--no-binary", ":all:", "--dest", folder, package)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as source:
        source.extractall(folder, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    project = folder / archive.name[: -len(".tar.gz")]
    convert(project, plan)
    environment = dict(os.environ, PIP_FIND_LINKS=str(arguments.wheels.resolve()))
    environment.pop("PYTHONPATH", None)
    environment.pop("LIBCLANG_PATH", None)
    if arguments.libclang:
        environment["LIBCLANG_PATH"] = arguments.libclang
    environment["HEADERKIT_BUILD_DIR"] = str(folder / "objects")
    said(*pip, "wheel", "--no-deps", "--no-cache-dir", "--wheel-dir", folder / "dist", project, env=environment)
    (wheel,) = (folder / "dist").glob("*.whl")
    assert re.search(plan["tag"], wheel.name), "the wheel is called " + wheel.name
    python = folder / "venv" / "bin" / "python"
    venv.create(folder / "venv", with_pip=False)
    said(*pip, "--python", python, "install", "pytest", wheel)
    said(python, "-c", plan["uses"], cwd=folder)
    # The tests alone: what is imported must be the installed package.
    shutil.move(str(project / "tests"), str(folder / "tests"))
    shutil.rmtree(project)
    result = said(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", folder / "tests", cwd=folder)
    passed = re.search(r"\d+ passed.*", result)
    assert passed, result
    return wheel.name, re.sub(r" in [\d.]+s.*", "", passed.group(0))


def convert(project, plan):
    for name in plan["remove"]:
        (project / name).unlink()
    path = project / "pyproject.toml"
    text = path.read_text(encoding="utf-8")
    requires = ", ".join('"{}"'.format(name) for name in ["headerkit-backend", *plan["requires"]])
    table = '[build-system]\nrequires = [{}]\nbuild-backend = "headerkit_backend"\n\n'.format(requires)
    text, count = re.subn(r"(?ms)^\[build-system\]\n.*?(?=^\[)", table, text)
    assert count == 1, "pyproject.toml has no [build-system]"
    inner = '[tool.headerkit]\ninner_backend = "{}"\n'.format(plan["backend"])
    ours = plan["configuration"]
    ours = ours.replace("[tool.headerkit]\n", inner, 1) if "[tool.headerkit]\n" in ours else "\n" + inner + ours
    path.write_text(text + ours, encoding="utf-8")


def said(*command, **options):
    command = [str(part) for part in command]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True, check=True, **options
    )
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
