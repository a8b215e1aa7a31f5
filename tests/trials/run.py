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

# What replaces the build scripts: files to remove or to create, and what to replace in others, as regular expressions.
# `uses` is run in the finished environment: the module must be ours, not a fallback. The tests lie in `tests` if nothing
# else is said.
CP = "cp{0}{1}-cp{0}{1}".format(*sys.version_info[:2])
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
        "tag": CP + "-manylinux",
        "uses": "import markupsafe, markupsafe._speedups as module; assert markupsafe._escape_inner is module._escape_inner",
    },
    # A vendored library whose headers the project's own one includes. What setuptools did, flit does.
    "cmarkgfm==2025.10.22": {
        "backend": "flit_core.buildapi",
        "remove": ["setup.py", "src/cmarkgfm/build_cmark.py", "src/cmarkgfm/cmark.cffi.h"],
        "configuration": """
[tool.headerkit]
writers = ["cffi"]
include_dirs = ["third_party/cmark/src", "third_party/cmark/extensions", "generated/unix"]
scope = "umbrella"

[tool.headerkit.headers."src/cmarkgfm/cmark_module.h"]

[tool.headerkit.writer.cffi]
mode = "api"

[[tool.headerkit.extensions]]
name = "cmarkgfm._cmark"
cffi = {header = "src/cmarkgfm/cmark_module.h", source_file = "src/cmarkgfm/cmark_module.h"}
sources = ["third_party/cmark/src/*.c", "!third_party/cmark/src/main.c", "third_party/cmark/extensions/*.c"]
include_dirs = ["third_party/cmark/src", "third_party/cmark/extensions"]
limited_api = "3.9"
on.windows = {include_dirs = ["generated/windows"]}
on.linux = {include_dirs = ["generated/unix"]}
on.macos = {include_dirs = ["generated/unix"]}
""",
        "requires": ["flit_core>=3.11"],
        "tag": "cp39-abi3-manylinux",
        "uses": "from cmarkgfm import _cmark; print(_cmark.ffi.string(_cmark.lib.cmark_version_string()))",
    },
    # Functions of its own around the system's calls: what was text for cffi becomes a header.
    "xattr==1.3.0": {
        "backend": "setuptools.build_meta",
        "remove": ["setup.py", "xattr/lib_build.py"],
        "replace": {"xattr/lib_build.h": (r"\A", "#include <stdint.h>\n#include <sys/types.h>\n")},
        "configuration": """
[tool.headerkit]
writers = ["cffi"]

[tool.headerkit.headers."xattr/lib_build.h"]

[tool.headerkit.writer.cffi]
mode = "api"
define_patterns = ["^XATTR_"]

[[tool.headerkit.extensions]]
name = "xattr._lib"
cffi = {header = "xattr/lib_build.h", source_file = "xattr/lib_build.c"}
limited_api = "3.9"
""",
        "requires": ["setuptools>=77.0.3"],
        "tag": "cp39-abi3-manylinux",
        "uses": "from xattr._lib import lib; print(lib.XATTR_XATTR_NOFOLLOW)",
    },
    # A C library through cffi's ABI mode, with arguments that take any buffer.
    "soundfile==0.14.0": {
        "backend": "setuptools.build_meta",
        "remove": ["soundfile_build.py"],
        "create": {
            "soundfile_headers/sndfile_all.h": "#include <sndfile.h>\n",
            "soundfile_headers/__init__.py": """
from pathlib import Path
from cffi import FFI
ffi = FFI()
ffi.cdef(Path(__file__).with_name("sndfile.cdef.txt").read_text(encoding="utf-8"))
""",
        },
        "replace": {
            "setup.py": (
                r"(?s)setup_requires=.*?,\n|cffi_modules=.*?,\n|package_data=.*?,\n|(?<= packages=)packages",
                lambda found: "['soundfile_headers']" if found.group() == "packages" else "",
            ),
            "soundfile.py": ("from _soundfile import", "from soundfile_headers import"),
        },
        "configuration": """
[tool.headerkit]
writers = ["cffi"]
own = ["sndfile.h"]

[tool.headerkit.headers."soundfile_headers/sndfile_all.h"]

[tool.headerkit.output]
cffi = "soundfile_headers/sndfile.cdef.txt"

[tool.headerkit.writer.cffi]
exclude_patterns = ["^sf_(read|write)f_"]
extra_cdef = [
    "sf_count_t sf_readf_short(SNDFILE *, void *, sf_count_t);", "sf_count_t sf_writef_short(SNDFILE *, void *, sf_count_t);",
    "sf_count_t sf_readf_int(SNDFILE *, void *, sf_count_t);", "sf_count_t sf_writef_int(SNDFILE *, void *, sf_count_t);",
    "sf_count_t sf_readf_float(SNDFILE *, void *, sf_count_t);", "sf_count_t sf_writef_float(SNDFILE *, void *, sf_count_t);",
    "sf_count_t sf_readf_double(SNDFILE *, void *, sf_count_t);", "sf_count_t sf_writef_double(SNDFILE *, void *, sf_count_t);",
]
""",
        "requires": ["setuptools", "wheel"],
        "tag": "py2.py3-none-manylinux",
        "uses": "import soundfile, soundfile_headers; assert soundfile._ffi is soundfile_headers.ffi",
        "needs": "/usr/include/sndfile.h",
    },
    # A module in C and C++, in no package.
    "ujson==6.1.0": {
        "backend": "setuptools.build_meta",
        "remove": ["setup.py"],
        "configuration": """
[[tool.headerkit.extensions]]
name = "ujson"
sources = ["src/ujson/*.c", "src/ujson/dconv_wrapper.cc", "src/ujson/deps/double-conversion/double-conversion/*.cc"]
include_dirs = ["src/ujson", "src/ujson/deps/double-conversion/double-conversion"]
defines = ["_GNU_SOURCE", 'UJSON_VERSION="6.1.0"']
""",
        "requires": ["setuptools>=80", "setuptools-scm[simple]>=9.2"],
        "tag": CP + "-manylinux",
        "uses": "import importlib.metadata as m, ujson; assert m.packages_distributions()['ujson'] == ['ujson']",
    },
    # A module whose sources and defines depend on the system.
    "setproctitle==1.3.8": {
        "backend": "setuptools.build_meta",
        "remove": [],
        "replace": {"setup.py": (r"ext_modules=ext_modules,", "")},
        "configuration": """
[[tool.headerkit.extensions]]
name = "setproctitle._setproctitle"
sources = ["src/setproctitle.c", "src/spt_*.c"]
defines = ["SPT_VERSION=1.3.8"]
on.linux = {defines = ["HAVE_SYS_PRCTL_H=1"]}
on.macos = {defines = ["__darwin__=1"], sources = ["src/darwin_set_process_name.c"]}
""",
        "requires": ["setuptools"],
        "tag": CP + "-manylinux",
        "uses": "import setproctitle._setproctitle",
    },
    # What Cython has written, as C.
    "msgpack==1.2.4": {
        "backend": "setuptools.build_meta",
        "remove": ["setup.py"],
        "configuration": """
[[tool.headerkit.extensions]]
name = "msgpack._cmsgpack"
sources = ["msgpack/_cmsgpack.c"]
include_dirs = ["."]
on.windows = {libraries = ["ws2_32"], defines = ["__LITTLE_ENDIAN__=1"]}
""",
        "requires": ["setuptools>=78.1.1"],
        "tag": CP + "-manylinux",
        "uses": "import msgpack, msgpack._cmsgpack; assert msgpack.Packer is msgpack._cmsgpack.Packer",
        "tests": "test",
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
        needed = PACKAGES[package].get("needs")
        if needed and not os.path.exists(needed):
            print(package, "left out: there is no " + needed, sep=" | ", flush=True)
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
    venv.create(folder / "venv", with_pip=False, symlinks=os.name != "nt")
    said(*pip, "--python", python, "install", "pytest", wheel)
    said(python, "-c", plan["uses"], cwd=folder)
    # The tests alone: what is imported must be the installed package.
    shutil.move(str(project / plan.get("tests", "tests")), str(folder / "tests"))
    shutil.rmtree(project)
    result = said(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", folder / "tests", cwd=folder)
    passed = re.search(r"\d+ passed.*", result)
    assert passed, result
    return wheel.name, re.sub(r" in [\d.]+s.*", "", passed.group(0))


def convert(project, plan):
    for name in plan["remove"]:
        (project / name).unlink()
    for name, text in plan.get("create", {}).items():
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text(text, encoding="utf-8")
    for name, (pattern, replacement) in plan.get("replace", {}).items():
        path = project / name
        text, count = re.subn(pattern, replacement, path.read_text(encoding="utf-8"))
        assert count, "{} has nothing that matches {}".format(name, pattern)
        path.write_text(text, encoding="utf-8")
    path = project / "pyproject.toml"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    requires = ", ".join('"{}"'.format(name) for name in ["headerkit-backend", *plan["requires"]])
    table = '[build-system]\nrequires = [{}]\nbuild-backend = "headerkit_backend"\n\n'.format(requires)
    text = table + re.sub(r"(?ms)^\[build-system\]\n.*?(?=^\[|\Z)", "", text)
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
