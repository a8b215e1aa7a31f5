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
