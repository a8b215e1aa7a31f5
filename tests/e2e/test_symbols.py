"""The option `symbols`: what the named libraries do not define is not bound."""

import json
import shutil
import subprocess
import sys

import pytest

HEADER = "int there(void);\nint gone(void);\nextern int lost;\nstatic inline int own(void) { return there(); }\n"
CONFIG = """\
[tool.headerkit]
symbols = ["${A_DIR}/liba.so"]
headers = {"a.h" = {}}
[tool.headerkit.output]
ctypes = "a.py"
cffi = "a.txt"
json = "a.json"
[tool.headerkit.writer.json]
symbols = "c"
"""


@pytest.fixture
def project(tmp_path):
    """A header, and a library beside the project that defines half of it."""
    folder, library = tmp_path / "project", tmp_path / "library"
    folder.mkdir()
    library.mkdir()
    (folder / "a.h").write_text(HEADER)
    (folder / "pyproject.toml").write_text(CONFIG)
    source = library / "a.c"
    source.write_text("int there(void) { return 42; }\n")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library / "liba.so", source], check=True)
    return folder


def generate(tools, folder, *options, command="generate", libclang=True, **variables):
    env = tools.environment(libclang=libclang, **variables)
    command = [str(tools.binary), command, *options]
    return subprocess.run(command, cwd=str(folder), env=env, capture_output=True, text=True)


def test_only_what_is_defined_is_bound(tools, project):
    library = project.parent / "library"
    done = generate(tools, project, A_DIR=str(library))
    assert done.returncode == 0, done.stderr
    assert "a.h:2:5: warning: function `gone` is left out: no symbol in `${A_DIR}/liba.so`" in done.stderr
    assert "a.h:3:12: warning: variable `lost` is left out: no symbol in `${A_DIR}/liba.so`" in done.stderr
    assert done.stderr.count("`gone` is left out: no symbol in `${A_DIR}/liba.so`") == 1, "once for all writers"
    assert (project / "a.txt").read_text().split("\n", 1)[1].strip() == "int there(void);"
    # Its own libraries replace those for all writers.
    assert "there" not in (project / "a.json").read_text().replace("there()", "")
    script = "import ctypes, a; print(ctypes.CDLL({!r}).there(), hasattr(a, 'gone'))".format(str(library / "liba.so"))
    said = subprocess.run([sys.executable, "-c", script], cwd=str(project), capture_output=True, text=True)
    assert said.stdout.split() == ["42", "False"], said.stderr


def test_the_store_serves_builds_without_the_library(tools, project):
    library = project.parent / "library"
    assert generate(tools, project, A_DIR=str(library)).returncode == 0
    text = (project / "a.txt").read_text()
    stored = [path.read_text() for path in (project / ".headerkit").rglob("*.json")]
    assert stored and not any(str(project.parent) in content for content in stored)
    shutil.rmtree(str(library))
    elsewhere = project.rename(project.parent / "elsewhere")
    for variables in ({}, {"A_DIR": "/nowhere"}):
        (elsewhere / "a.txt").unlink()
        assert generate(tools, elsewhere, libclang=False, **variables).returncode == 0
        assert (elsewhere / "a.txt").read_text() == text
    # What is not in the store needs it.
    done = generate(tools, elsewhere, "--no-cache", A_DIR="/nowhere")
    assert done.returncode == 1
    assert "pyproject.toml:2:12: library `/nowhere/liba.so` was not found" in done.stderr
    assert "hint: name the file itself in `symbols`" in done.stderr
    # The option itself is part of the question.
    (elsewhere / "pyproject.toml").write_text(CONFIG.replace("liba.so", "libb.so"))
    done = generate(tools, elsewhere, A_DIR="/nowhere")
    assert done.returncode == 1 and "`/nowhere/libb.so` was not found" in done.stderr


def test_wrong_values_are_said(tools, project):
    (project / "pyproject.toml").write_text(CONFIG.replace('"c"', "3"))
    done = generate(tools, project, A_DIR=str(project))
    assert done.returncode == 1 and "option `symbols` of writer `json`" in done.stderr


def test_a_changed_library_is_noticed_where_it_is(tools, project):
    library = project.parent / "library"
    # The store has the parsed header, so that no libclang is needed.
    assert generate(tools, project, A_DIR=str(library)).returncode == 0
    text = (project / "a.txt").read_text()

    def build(source):
        (library / "a.c").write_text(source)
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library / "liba.so", library / "a.c"], check=True)

    def missed(**variables):
        done = generate(tools, project, "--json", libclang=False, **variables)
        assert done.returncode == 0, done.stderr
        return sorted(output["writer"] for output in json.loads(done.stdout)["outputs"] if not output["cached"])

    # What the header does not declare does not matter.
    build("int there(void) { return 42; }\nint other(void) { return 43; }\n")
    assert missed(A_DIR=str(library)) == []
    build("int gone(void) { return 42; }\n")
    check = generate(tools, project, command="check", libclang=False, A_DIR=str(library))
    assert check.returncode == 1
    assert "`${A_DIR}/liba.so` defines other symbols of the header since `" in check.stdout + check.stderr
    # The JSON has libraries of its own, which are as they were.
    assert missed(A_DIR=str(library)) == ["cffi", "ctypes", "ctypes-stub"]
    changed = (project / "a.txt").read_text()
    assert "int gone(void);" in changed and "there" not in changed
    assert missed(A_DIR=str(library)) == []
    # Back again: the first entries still hold.
    build("int there(void) { return 42; }\n")
    assert missed(A_DIR=str(library)) == []
    assert (project / "a.txt").read_text() == text
    # Where the library is not, the latest entry is used, and that is said.
    shutil.rmtree(str(library))
    done = generate(tools, project, libclang=False)
    assert done.returncode == 0, done.stderr
    assert (project / "a.txt").read_text() == changed
    said = "library `${A_DIR}/liba.so` is not on this machine; the stored result was used unchecked against it"
    assert done.stderr.count(said) == 1
