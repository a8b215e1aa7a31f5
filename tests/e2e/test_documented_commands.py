"""The commands of the guides that headerkit-backend was made by, as a shell reads them, under the name `headerkit`."""

import json

import pytest

from project import front_end, members, only, run

CONFIGURATION = """\
[build-system]
requires = ["headerkit", "hatchling"]
build-backend = "headerkit.build_backend"

[project]
name = "mylib-bindings"
version = "1.0.0"
description = "Bindings"
requires-python = ">=3.9"

[tool.headerkit]
backend = "libclang"
writers = ["cffi"]

[tool.headerkit.headers."include/mylib.h"]
defines = ["VERSION=2"]
include_dirs = ["/usr/local/include"]

[tool.headerkit.output]
cffi = "src/mylib_bindings/{stem}.cdef.txt"

[tool.cibuildwheel]
build = "cp312-*"
"""
POPULATE = """
[tool.headerkit.cache.populate]
platforms = ["linux/amd64", "linux/arm64"]
python_versions = ["3.12", "3.13"]
timeout = 600

[tool.headerkit.cache.populate.images]
"linux/amd64" = "quay.io/pypa/manylinux_2_28_x86_64"
"linux/arm64" = "quay.io/pypa/manylinux_2_28_aarch64"
"""
COMMANDS = r"""
headerkit include/mylib.h -w cffi -o cffi:bindings/mylib.cdef.txt
headerkit include/mylib.h -w cffi -o cffi:bindings/cffi.cdef.txt -w ctypes -o ctypes:bindings/ctypes.py
headerkit include/mylib.h -w cffi --store-dir other-store
headerkit include/mylib.h -w cffi --no-cache
headerkit include/mylib.h -w cffi --no-ir-cache
headerkit include/mylib.h -w cffi --no-output-cache
headerkit cache status --store-dir .headerkit
headerkit cache clear --store-dir .headerkit
headerkit cache clear --store-dir .headerkit --ir
headerkit cache clear --store-dir .headerkit --output
headerkit cache rebuild-index --store-dir .headerkit
headerkit cache populate mylib.h -w cffi --platform linux/amd64 --platform linux/arm64
headerkit cache populate mylib.h -w cffi --platform linux/amd64 --python 3.12 --python 3.13
headerkit cache populate mylib.h -w cffi --platform linux/amd64 --platform linux/arm64 --dry-run
headerkit cache populate mylib.h -w cffi --platform linux/amd64 --docker-image quay.io/pypa/manylinux_2_28_x86_64
headerkit cache populate mylib.h -w cffi --platform linux/amd64 --timeout 600
headerkit cache populate include/mylib.h -w cffi --cibuildwheel
headerkit mylib.h -w cffi --target x86_64-unknown-linux-gnu
headerkit store merge store-linux/ store-macos/ store-windows/ -o .headerkit/
headerkit 'include/**/*.h' -w cffi -o cffi:{dir}/{stem}.cdef.txt
headerkit 'include/**/*.h' --exclude 'include/internal/**' -w cffi
headerkit 'include/**/*.h' -w cffi -o cffi:{dir}/{stem}.cdef.txt -w json -o json:{dir}/{stem}.json
headerkit --store-dir headerkit-store include/*.h -w cffi
python -m headerkit include/mylib.h -w cffi -o cffi:nng/_nng.cdef.txt -I include
HEADERKIT_TARGET=aarch64-unknown-linux-gnu headerkit include/mylib.h -w cffi
""".strip().splitlines()


@pytest.fixture
def documented(project):
    made = project("hatchling")
    made.write("pyproject.toml", CONFIGURATION)
    made.write("include/mylib.h", "int mylib(int x);\n")
    made.write("include/internal/x.h", "int hidden(void);\n")
    made.write("mylib.h", "int mylib(int x);\n")
    made.write("src/mylib_bindings/__init__.py", "")
    return made


def shell(made, line, check=True):
    return run("sh", "-c", line, cwd=made.root, env=made.tools.environment(libclang=True), check=check)


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_runs_to_the_letter(documented, line):
    for system in ("linux", "macos", "windows"):
        target = {"linux": "x86_64-linux-gnu", "macos": "aarch64-macos", "windows": "x86_64-windows-msvc"}[system]
        shell(documented, "headerkit cache populate --target {} --store-dir store-{}".format(target, system))
    shell(documented, COMMANDS[0])
    shell(documented, line)


@pytest.mark.parametrize(
    "options, named",
    [
        ("--python 3.12 --python 3.13", "so `--python` does not matter; `--engine docker` takes it"),
        ("--docker-image image:1 --timeout 5", "so `--docker-image`, `--timeout` do not matter"),
        ("", None),
    ],
)
def test_what_is_about_containers_is_one_note(documented, options, named):
    """It does what it does without; quiet says nothing."""
    line = "headerkit cache populate mylib.h -w cffi --platform linux/amd64 " + options
    done = shell(documented, line)
    assert "1 output: 1 stored" in done.out
    notes = [text for text in done.err.splitlines() if text.startswith("note: ")]
    assert (named in notes[0] and len(notes) == 1) if named else not notes, str(done)
    assert not shell(documented, line + " --quiet").err


def test_the_keys_about_containers_are_one_note_too(documented):
    documented.write("pyproject.toml", CONFIGURATION + POPULATE)
    done = shell(documented, "headerkit cache populate --json")
    assert [row["outcome"] for row in json.loads(done.out)["outputs"]] == ["stored", "stored"]
    (note,) = [text for text in done.err.splitlines() if text.startswith("note: ")]
    assert "`python_versions`, `images`, `timeout` do not matter" in note


def test_a_python_that_is_none_is_refused_by_every_engine(documented):
    wrong = shell(documented, "headerkit cache populate mylib.h -w cffi --platform linux/amd64 --python 3,12", check=False)
    assert wrong.code == 2 and "`3,12` is no version of Python" in wrong.err, str(wrong)


@pytest.mark.parametrize("setting", ["no-cache=true", "inner-backend=flit_core.buildapi"])
def test_the_documented_settings_build(documented, setting, tmp_path):
    """`pip install . --config-settings=...` and `python -m build -C ...`."""
    documented.write("src/mylib_bindings/__init__.py", '"""Bindings."""\n')
    front_end("build", "wheel", documented, documented.root, tmp_path / "out", settings=[setting], libclang=True)
    assert "mylib_bindings/mylib.cdef.txt" in members(only(tmp_path / "out", "*.whl"))


@pytest.mark.parametrize("words", [["help"], ["help", "cache", "populate"], ["cache", "help"], ["store", "help", "merge"]])
def test_help_is_a_command(tools, tmp_path, words):
    """As for most programs: the same as `--help`."""
    done = run(tools.binary, *words, cwd=tmp_path)
    assert done.out.lstrip() and "Usage: headerkit-backend" in done.out and not done.err, str(done)
