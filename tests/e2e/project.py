"""Throw-away consumer projects, and the front ends, hooks and commands that are run on them."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from base64 import urlsafe_b64encode
from pathlib import Path
from textwrap import dedent

import pytest

NOWHERE = "/nonexistent/libclang"
# Any date will do; builds must be reproducible once one is given.
EPOCH = "1700000000"
IDENTITY = ["-c", "user.name=tests", "-c", "user.email=tests@example.org", "-c", "init.defaultBranch=main"]

DEMO_H = """\
#ifndef DEMO_H
#define DEMO_H
#include "detail/types.h"
#define DEMO_VERSION 3
#define DEMO_NAME "demo"
struct demo_point {
    demo_coord x, y;
    unsigned flags : 3;
    unsigned rest : 29;
};
enum demo_mode { DEMO_FAST = 1, DEMO_EXACT = 4 };
typedef int (*demo_callback)(struct demo_point *point, void *context);
int demo_run(const struct demo_point *point, enum demo_mode mode, demo_callback callback);
#endif
"""
TYPES_H = "#pragma once\ntypedef double demo_coord;\n"

HEADERKIT = """\
[tool.headerkit]
include_dirs = ["include"]
[tool.headerkit.headers."include/demo.h"]
[tool.headerkit.output]
cffi = "src/demo/{stem}.cdef.txt"
ctypes = "src/demo/_{stem}_ctypes.py"
json = "src/demo/{stem}.json"
"""
OUTPUTS = [
    "src/demo/_demo_ctypes.py",
    "src/demo/_demo_ctypes.pyi",
    "src/demo/demo.cdef.txt",
    "src/demo/demo.json",
]
IN_WHEEL = [name[len("src/") :] for name in OUTPUTS]
IGNORED = "*.cdef.txt\n_demo_ctypes.py*\n/src/demo/demo.json\n/build/\n/dist/\n/.py-build-cmake_cache/\n"

# Calls a hook as front ends do and hands the value over by file.
CALL_HOOK = """\
import importlib, json, sys
answer, module, hook, arguments = sys.argv[1:]
arguments = json.loads(arguments)
value = getattr(importlib.import_module(module), hook)(**arguments)
with open(answer, "w") as stream:
    json.dump(value, stream)
"""


class Result:
    """A finished command. A build has the tree that it ran in."""

    def __init__(self, command, done):
        self.command = command
        self.code = done.returncode
        self.out = done.stdout.decode("utf-8", "replace")
        self.err = done.stderr.decode("utf-8", "replace")
        self.value = None
        self.tree = None

    def __str__(self):
        return "$ {}\nstatus {}\n--- stdout\n{}\n--- stderr\n{}".format(
            " ".join(map(str, self.command)), self.code, self.out, self.err
        )

    @property
    def text(self):
        return self.out + self.err


def run(*command, cwd=None, env=None, check=True, stdin=None, timeout=300):
    """Runs a command; if it must succeed and does not, everything it printed becomes the test's failure."""
    command = [os.fspath(part) for part in command]
    done = subprocess.run(
        command,
        cwd=cwd,
        env=env,
        input=stdin if stdin is not None else b"",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=timeout,
    )
    result = Result(command, done)
    if check and result.code:
        pytest.fail(str(result), pytrace=False)
    return result


def assert_clear(result, *fragments, code=1, times=1):
    """An expected failure: the right status, one message that says all of `fragments`, nothing of ours
    that only a programmer can read."""
    assert result.code == code, str(result)
    for fragment in fragments:
        assert fragment in result.err, "missing {!r} in\n{}".format(fragment, result)
    for noise in ("Traceback (most recent call last)", "panicked at", "RUST_BACKTRACE", "unwrap()"):
        assert noise not in result.text, str(result)
    opening = [line for line in result.err.splitlines() if line.startswith("error: ") or "Error: " in line[:40]]
    assert len(opening) == times, "the error is not told once:\n{}".format(result)


class Tools:
    """The environment that builds: an interpreter with our wheels and every inner backend, and the commands."""

    def __init__(self, wheels, python, libclang):
        self.wheels = wheels
        self.python = python
        self.libclang = libclang
        self.binary = python.parent / "headerkit-backend"
        self.scripts = Path(sys.executable).parent

    def environment(self, libclang, **extra):
        """The process environment for a build: our wheels can be found, libclang is there or hidden."""
        env = {name: value for name, value in os.environ.items() if not name.startswith("HEADERKIT_")}
        for name in ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME", "UV_PYTHON", "LIBCLANG_PATH"):
            env.pop(name, None)
        env["PATH"] = os.pathsep.join([str(self.python.parent), str(self.scripts), env["PATH"]])
        env["PIP_FIND_LINKS"] = " ".join(filter(None, [str(self.wheels), env.get("PIP_FIND_LINKS")]))
        env["UV_FIND_LINKS"] = ",".join(filter(None, [str(self.wheels), env.get("UV_FIND_LINKS")]))
        env["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
        env["PIP_ROOT_USER_ACTION"] = "ignore"
        env["SOURCE_DATE_EPOCH"] = EPOCH
        env["PYTHONDONTWRITEBYTECODE"] = "1"
        # Zig compiles its own libraries once.
        env["ZIG_GLOBAL_CACHE_DIR"] = str(self.python.parent.parent / "zig-cache")
        if libclang is not None:
            env["LIBCLANG_PATH"] = str(self.libclang) if libclang else NOWHERE
        env.update(extra)
        return {name: value for name, value in env.items() if value is not None}


class Project:
    """A consumer project in a directory of its own.

    What is built is built as others build it: in a fresh clone of what is there now, at a path where nothing was built
    before. `warm` is the same project for tests about trees in which outputs lie, or are to be written."""

    def __init__(self, root, tools, inner, is_warm=False):
        self.root = Path(root)
        self.tools = tools
        self.inner = inner
        self.is_warm = is_warm
        self.root.mkdir(parents=True, exist_ok=True)

    # Files

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, bytes):
            path.write_bytes(text)
        else:
            path.write_text(text, encoding="utf-8")
        return path

    def read(self, name):
        return (self.root / name).read_text(encoding="utf-8")

    def exists(self, name):
        return (self.root / name).exists()

    def configure(self, headerkit=HEADERKIT, *, ours=True, requires=None, build_system="", project=""):
        """Writes pyproject.toml. Without `ours` the project builds with its inner backend alone."""
        if requires is None:
            requires = list(self.inner.requires) + (["headerkit-backend"] if ours else [])
        backend = "headerkit_backend" if ours else self.inner.module
        text = '[build-system]\nrequires = {}\nbuild-backend = "{}"\n{}\n'.format(
            json.dumps(requires), backend, dedent(build_system)
        )
        text += '[project]\nname = "demo"\nversion = "1.0.0"\ndescription = "A demo"\n'
        text += 'requires-python = ">=3.9"\n{}\n{}\n'.format(dedent(project), self.inner.settings)
        self.write("pyproject.toml", text + (dedent(headerkit) if ours else ""))

    def populate(self, *arguments, **options):
        """Generates with libclang, which fills the store."""
        return self.cli("generate", *arguments, libclang=True, **options)

    def git(self):
        """Commits everything that is not ignored."""
        run("git", *IDENTITY, "init", "-q", cwd=self.root)
        run("git", "add", "-A", cwd=self.root)
        run("git", *IDENTITY, "commit", "-q", "-m", "all", cwd=self.root)

    def clone(self, root):
        """A git clone somewhere else: what a colleague has."""
        run("git", "clone", "-q", self.root, root)
        return Project(root, self.tools, self.inner)

    @property
    def warm(self):
        """The same tree, to be built in as it is."""
        return Project(self.root, self.tools, self.inner, is_warm=True)

    def fresh(self):
        """What another machine has: a git clone of all that git does not ignore, of an sdist all. Beside the project, so
        that it finds what lies beside."""
        if self.is_warm:
            return self
        number = len(list(self.root.parent.glob(self.root.name + "-clone*")))
        root = self.root.parent / "{}-clone{}".format(self.root.name, number)
        if self.exists("PKG-INFO"):
            shutil.copytree(self.root, root, symlinks=True)
        else:
            # In a repository of its own: what is not committed counts as well, and the project stays as it is.
            with tempfile.TemporaryDirectory() as folder:
                git = ["git", *IDENTITY, "--git-dir", folder, "--work-tree", "."]
                # The same files are the same commit, whenever it is made.
                dates = {name: EPOCH + " +0000" for name in ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE")}
                for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "--allow-empty", "-m", "all"]):
                    run(*git, *words, cwd=self.root, env={**os.environ, **dates})
                run("git", "clone", "-q", folder, root)
        return Project(root, self.tools, self.inner, is_warm=True)

    def copy(self, root):
        """A copy without git."""
        shutil.copytree(self.root, root, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        return Project(root, self.tools, self.inner)

    def entries(self, layer):
        """Names of the entries of a layer: `ir`, `output/cffi`, ..."""
        folder = self.root / ".headerkit" / layer
        return sorted(path.parent.name for path in folder.glob("*/metadata.json"))

    def snapshot(self):
        """Every file of the project with its content; links with their target."""
        found = {}
        for path in sorted(self.root.rglob("*")):
            name = path.relative_to(self.root).as_posix()
            if name.startswith(".git/"):
                continue
            if path.is_symlink():
                found[name] = "-> " + os.readlink(path)
            elif path.is_file():
                found[name] = path.read_bytes()
        return found

    # Commands

    def cli(self, *arguments, libclang=False, check=True, cwd=None, stdin=None, **env):
        """Runs the binary in the project directory."""
        return run(
            self.tools.binary,
            *arguments,
            cwd=cwd or self.root,
            env=self.tools.environment(libclang, **env),
            check=check,
            stdin=stdin,
        )

    def python(self, code, *arguments, libclang=False, check=True, cwd=None, **env):
        environment = self.tools.environment(libclang, **env)
        return run(self.tools.python, "-c", code, *arguments, cwd=cwd or self.root, env=environment, check=check)

    def hook(self, name, *, module="headerkit_backend", libclang=False, check=True, env=None, **arguments):
        """Calls one hook through the shim, as a front end does; the value is in `result.value`."""
        answer = self.root.parent / (self.root.name + "-answer.json")
        if answer.exists():
            answer.unlink()
        arguments = {
            key: os.fspath(value) if isinstance(value, os.PathLike) else value for key, value in arguments.items()
        }
        result = self.python(
            CALL_HOOK, answer, module, name, json.dumps(arguments), libclang=libclang, check=check, **(env or {})
        )
        if answer.exists():
            result.value = json.loads(answer.read_text())
        return result

    def build_wheel(self, out, settings=None, **options):
        """`build_wheel` by the shim; returns the result with the wheel's path as `value`."""
        return self.fresh().build("wheel", out, settings, options)

    def build_sdist(self, out, settings=None, **options):
        return self.fresh().build("sdist", out, settings, options)

    def build(self, what, out, settings, options):
        """Calls `build_wheel` or `build_sdist` in this very tree."""
        out = Path(out)
        out.mkdir(parents=True, exist_ok=True)
        options = {what + "_directory": out, "config_settings": settings, **options}
        result = self.hook("build_" + what, **options)
        if isinstance(result.value, str):
            result.value = out / result.value
        result.tree = self
        return result


def front_end(name, what, project, source, out, libclang=False, settings=(), isolation=False, check=True, **env):
    """Builds `what` (`wheel`, or `sdist+wheel`: the wheel from the sdist) of `source` with a front end: of a fresh clone
    if that is the project itself."""
    tools = project.tools
    tree = project.fresh() if source == project.root else None
    source = tree.root if tree else source
    environment = tools.environment(libclang, **env)
    if name == "pip":
        assert what == "wheel", "pip builds no sdists"
        command = [tools.python, "-m", "pip", "wheel", "--no-deps", "--no-cache-dir", "-w", out]
        command += [] if isolation else ["--no-build-isolation"]
    elif name == "build":
        command = [tools.python, "-m", "build", "-o", out] + (["-w"] if what == "wheel" else [])
        command += [] if isolation else ["--no-isolation"]
    else:
        command = ["uv", "build", "--python", tools.python, "-o", out] + (["--wheel"] if what == "wheel" else [])
        command += [] if isolation else ["--no-build-isolation"]
    for setting in settings:
        command += ["-C", setting]
    # Neither the project nor its parent: what is found must be found by the path that was given.
    result = run(*command, source, cwd=out.parent, env=environment, check=check)
    result.tree = tree
    return result


def plain(made):
    """Adds `include/plain.h` to a project, which needs nothing of any system."""
    made.write("include/plain.h", '#include "part.inc"\nint plain(part_t p);\n')
    made.write("include/part.inc", "typedef struct { int a; long b; } part_t;\n")
    return made


def read_terminal(ours):
    """All that was written on the other side of a pseudo-terminal, which is closed."""
    text = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:
            # Linux says so when the other side is closed.
            break
        if not part:
            break
        text += part
    os.close(ours)
    return text


def only(folder, pattern):
    """The one file that matches."""
    found = sorted(Path(folder).glob(pattern))
    assert len(found) == 1, "not one {} in {}: {}".format(pattern, folder, sorted(Path(folder).iterdir()))
    return found[0]


def unpack(sdist, folder):
    """Unpacks an sdist; returns its top directory."""
    with tarfile.open(sdist) as archive:
        if hasattr(tarfile, "data_filter"):
            archive.extractall(folder, filter="data")
        else:
            archive.extractall(folder)
    (top,) = Path(folder).iterdir()
    return top


def sdist_names(sdist):
    with tarfile.open(sdist) as archive:
        return sorted(name.split("/", 1)[1] for name in archive.getnames() if "/" in name)


def members(wheel):
    """Every file of a wheel with its content."""
    with zipfile.ZipFile(wheel) as archive:
        assert archive.testzip() is None
        names = [name for name in archive.namelist() if not name.endswith("/")]
        assert len(names) == len(set(names)), "a name twice in {}".format(wheel)
        return {name: archive.read(name) for name in names}


def dist_info(wheel, name):
    return members(wheel)["demo-1.0.0.dist-info/" + name].decode()


def check_record(wheel):
    """RECORD lists every file with its right digest and size, itself without."""
    content = members(wheel)
    (record,) = (name for name in content if name.endswith(".dist-info/RECORD"))
    listed = {}
    for line in content[record].decode().splitlines():
        name, digest, size = line.rsplit(",", 2)
        assert name not in listed, "RECORD has {} twice".format(name)
        listed[name] = (digest, size)
    assert listed.keys() == content.keys()
    for name, data in content.items():
        if name == record:
            assert listed[name] == ("", "")
            continue
        digest = urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        assert listed[name] == ("sha256=" + digest, str(len(data))), name


def check_bindings(wheel, folder, tools):
    """Installs the wheel into a fresh directory; its bindings import, load and have C's layout."""
    command = [tools.python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", folder, wheel]
    run(*command, env=tools.environment(False))
    use_bindings(tools.python, folder, tools)


USE_BINDINGS = """\
import ctypes, importlib.util, json, os, sys
if len(sys.argv) > 1:
    sys.path.insert(0, sys.argv[1])
import demo
from demo import _demo_ctypes as bound
class Expected(ctypes.Structure):
    _fields_ = [("x", ctypes.c_double), ("y", ctypes.c_double), ("f", ctypes.c_uint, 3), ("r", ctypes.c_uint, 29)]
record = getattr(bound, "demo_point", None) or getattr(bound, "struct_demo_point")
assert ctypes.sizeof(record) == ctypes.sizeof(Expected) == 24, ctypes.sizeof(record)
assert record.y.offset == 8
assert bound.DEMO_VERSION == 3
folder = os.path.dirname(os.path.abspath(bound.__file__))
import cffi
ffi = cffi.FFI()
with open(os.path.join(folder, "demo.cdef.txt")) as stream:
    ffi.cdef(stream.read())
assert ffi.sizeof("struct demo_point") == 24
with open(os.path.join(folder, "demo.json")) as stream:
    json.load(stream)
"""


def use_bindings(python, folder, tools):
    arguments = [folder] if folder else []
    run(python, "-c", USE_BINDINGS, *arguments, cwd="/", env=tools.environment(False))
