"""`init`: after it, the project builds; what was there stays; doing it twice changes nothing."""

import os
import shutil
import subprocess
import zipfile

import pytest

from inners import BY_NAME
from project import assert_clear, run

HEADER = "#define FOO_VERSION 3\nint foo(int x);\n"


@pytest.fixture
def start(tools, tmp_path):
    """A directory with a header, and the commands to run in it."""

    class Start:
        root = tmp_path / "foo-lib"
        env = tools.environment(libclang=True)
        env_python = tools.python

        def write(self, name, text):
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

        def init(self, *arguments, check=True):
            return run(tools.binary, "init", *arguments, cwd=self.root, env=self.env, check=check)

        def state(self):
            files = (path for path in self.root.rglob("*") if path.is_file())
            return {str(path.relative_to(self.root)): path.read_bytes() for path in files}

        def wheel(self):
            """Built as `pip wheel .` does, with the backends of this environment."""
            out = tmp_path / "out"
            shutil.rmtree(out, ignore_errors=True)
            pip = [tools.python, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
            run(*pip, "-w", out, ".", cwd=self.root, env=self.env)
            return zipfile.ZipFile(next(out.glob("*.whl")))

    made = Start()
    made.write("include/foo.h", HEADER)
    return made


def test_a_directory_with_a_header_becomes_a_project(start):
    start.init("--yes")
    before = start.state()
    assert b".headerkit/** linguist-generated=true -text" in before[".gitattributes"]
    assert b'cache-keys = [{ file = "pyproject.toml" }, { file = "include/**/*.h" }]' in before["pyproject.toml"]
    assert "nothing to change" in start.init("--yes").err
    assert start.state() == before
    wheel = start.wheel()
    assert b"FOO_VERSION" in wheel.read("foo_lib/foo_ctypes.py")


@pytest.mark.parametrize("name", ["hatchling", "flit_core", "setuptools", "pdm-backend", "poetry-core", "uv_build"])
def test_a_project_keeps_its_backend(start, name):
    inner = BY_NAME[name]
    requires = ", ".join('"{}"'.format(one) for one in inner.requires)
    head = '# The project.\n[build-system]\nrequires = [{}]\nbuild-backend = "{}"  # kept\n'.format(requires, inner.module)
    rest = '\n[project]\nname = "demo"\nversion = "1.0.0"\ndescription = "A demo."\n' + inner.settings
    start.write("pyproject.toml", head + rest)
    start.write("src/demo/__init__.py", '"""A demo."""\n')
    start.write("README.md", "# demo\n")
    for path, text in inner.files.items():
        start.write(path, text)
    start.init("--header", "include/foo.h", "-w", "cffi", "-w", "ctypes")
    text = (start.root / "pyproject.toml").read_text()
    assert rest in text and text.startswith("# The project.\n[build-system]\n") and "# kept" in text
    before = start.state()
    start.init("--header", "include/foo.h", "-w", "cffi", "-w", "ctypes")
    assert start.state() == before
    names = start.wheel().namelist()
    assert "demo/foo.cdef.txt" in names and "demo/foo_ctypes.py" in names, names


def test_a_setup_py_goes_on_building(start):
    start.write("setup.py", "from setuptools import setup\nsetup(name='demo', version='1', packages=['demo'])\n")
    start.write("demo/__init__.py", "")
    start.init("--yes")
    assert 'setuptools.build_meta:__legacy__' in (start.root / "pyproject.toml").read_text()
    names = start.wheel().namelist()
    assert "demo/foo_ctypes.py" in names, names


PURE = ["hatchling", "setuptools", "flit_core", "pdm-backend", "poetry-core", "uv_build"]


@pytest.mark.parametrize("inner", PURE)
@pytest.mark.parametrize("package", [None, "src/mypkg", "mypkg"])
def test_what_is_written_builds_at_once(start, inner, package):
    """Whatever the folder is called: a package that is there gives the project its name."""
    start.root = start.root.rename(start.root.parent / "p")
    if package:
        start.write(package + "/__init__.py", '"""Mine."""\n')
    arguments = [] if inner == "hatchling" else ["--inner", inner.replace("_", "-")]
    told = start.init("--yes", *arguments).err
    name = "mypkg" if package else "p"
    assert 'name = "{}"'.format(name) in (start.root / "pyproject.toml").read_text()
    assert not package or "the project is called `mypkg`, as its package `{}` is".format(package) in told, told
    names = start.wheel().namelist()
    assert name + "/foo_ctypes.py" in names, names
    assert "nothing to change" in start.init("--yes", *arguments).err


@pytest.mark.parametrize(
    "tree, header, include",
    [
        (["vendor/lib/lib.h", "vendor/lib/tests/test.h"], "vendor/lib/lib.h", None),
        (["third_party/z/include/z/z.h", "third_party/a.h"], "third_party/a.h", None),
        (["deps/z/src/z_impl.h", "deps/z/include/z/z.h"], "deps/z/include/z/z.h", "deps/z/include"),
        (["src/mylib/native/core.h", "src/mylib/__init__.py"], "src/mylib/native/core.h", None),
        (["node_modules/x/x.h", ".git/x.h", "venv/include/y.h", "libs/real.h"], "libs/real.h", None),
        (["vendor/big/include/h%d.h" % number for number in range(6)], "vendor/big/include/*.h", "vendor/big/include"),
    ],
)
def test_headers_of_vendored_sources_are_found(start, tree, header, include):
    """The nearest ones, an `include` first; and they are read from where they include each other."""
    shutil.rmtree(start.root / "include")
    for path in tree:
        start.write(path, HEADER if path.endswith(".h") else "")
    start.init("--yes")
    text = (start.root / "pyproject.toml").read_text()
    assert '[tool.headerkit.headers."{}"]'.format(header) in text, text
    assert ('include_dirs = ["{}"]'.format(include) in text) if include else "include_dirs" not in text, text
    assert any(name.endswith("_ctypes.py") for name in start.wheel().namelist())


def test_no_header_anywhere(start):
    """Says where it looked."""
    shutil.rmtree(start.root / "include")
    (start.root / "docs").mkdir()
    start.write("docs/x.h", HEADER)
    assert_clear(start.init("--yes", check=False), "no header was found in this directory and those below", code=2)


SETUP_PY = """\
from setuptools import setup
setup(name="demo", version="1", packages=["demo"], cffi_modules=["build_foo.py:ffi"], setup_requires=["cffi"])
"""
BUILD_PY = """\
import cffi
ffi = cffi.FFI()
ffi.cdef({})
ffi.set_source("demo._foo", '#include "foo.h"\\nint foo(int x) {{ return x + FOO_VERSION; }}', include_dirs=["include"])
"""


def test_a_project_with_cffi_modules_gets_text_for_its_mode(start):
    """API mode: what the build script compiles. It reads the text in place of its own."""
    start.write("setup.py", SETUP_PY)
    start.write("build_foo.py", BUILD_PY.format('"int foo(int);"'))
    start.write("demo/__init__.py", "")
    told = start.init("--yes").err
    text = (start.root / "pyproject.toml").read_text()
    assert 'writers = ["cffi"]' in text and '[tool.headerkit.writer.cffi]\nmode = "api"\n' in text, text
    assert "give that file to `ffi.cdef()`" in told, told
    start.wheel()
    start.write("build_foo.py", BUILD_PY.format('open("demo/foo.cdef.txt").read()'))
    wheel = start.wheel()
    assert "#define FOO_VERSION ..." in wheel.read("demo/foo.cdef.txt").decode()
    folder = start.root.parent / "unpacked"
    wheel.extractall(folder)
    code = "from demo._foo import lib; print(lib.foo(1), lib.FOO_VERSION)"
    assert run(start.env_python, "-c", code, cwd=folder, env=start.env).out.split() == ["4", "3"]


def test_a_dry_run_shows_what_patch_applies(start):
    start.write("pyproject.toml", '[project]\nname = "demo"\nversion = "1"\n\n[tool.uv]\npackage = true\n')
    before = start.state()
    shown = start.init("--yes", "--dry-run").out
    assert start.state() == before
    copy = start.root.parent / "copy"
    shutil.copytree(start.root, copy)
    subprocess.run(["git", "apply", "-"], input=shown.encode(), cwd=copy, check=True)
    start.init("--yes")
    for name in ("pyproject.toml", ".gitattributes"):
        assert (copy / name).read_bytes() == (start.root / name).read_bytes()


def test_questions_are_asked_on_a_terminal(start, tools):
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    command = [str(tools.binary), "init"]
    with subprocess.Popen(command, cwd=start.root, env=start.env, stdin=theirs, stderr=theirs) as process:
        os.close(theirs)
        os.write(ours, b"\njson, cffi\n")
        assert process.wait(timeout=60) == 0
    os.close(ours)
    text = (start.root / "pyproject.toml").read_text()
    assert 'writers = ["json", "cffi"]' in text and '[tool.headerkit.headers."include/foo.h"]' in text


def test_without_a_terminal_nothing_is_guessed(start):
    assert_clear(start.init(check=False), "--yes", code=2)
    assert_clear(start.init("--header", "nope.h", "-w", "json", check=False), "no header `nope.h`")
    assert_clear(start.init("--header", "include/foo.h", "-w", "nope", check=False), "no writer `nope`", "cffi", code=2)
    (start.root / "include/foo.h").unlink()
    assert_clear(start.init("--yes", check=False), "--header", code=2)
    start.write("pyproject.toml", "tool = { headerkit = { writers = [] } }\n")
    assert_clear(start.init("--header", "a.h", check=False), "by hand")
