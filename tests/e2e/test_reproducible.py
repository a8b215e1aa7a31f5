"""Modules that are built in two places are equal byte for byte, and hold no path of either: another project directory,
home, user, cache, directory for objects and temporary files, and another zig."""

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

from project import Project, members, run
from test_extensions import LIB_C, LIB_H, MODULE_C, SCALE_C, SCALE_H, imported
from test_zig import FACTOR, ROOT

PLACES = ["place-one", "place-two/further/away"]
# What is asserted names files: those of the project, of Python, of the compiler, and what cffi has written.
ASSERT = "#undef NDEBUG\n#include <assert.h>\n"
CHECKED = ASSERT + "#include <Python.h>\n"
NATIVE = MODULE_C.replace("    return PyLong_From", "    assert(PyTuple_GET_SIZE(PyTuple_New(0)) == 0);\n    return PyLong_From")
CXX = """\
#undef NDEBUG
#define _LIBCPP_HARDENING_MODE _LIBCPP_HARDENING_MODE_DEBUG
#include <cassert>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>
namespace { struct first { std::vector<long> held; first() : held(3, 3) {} } only; }
extern "C" {
#include "scale.h"
}
long scaled(long value)
{
    std::map<long, std::string> names;
    names[value] = "value";
    assert(names.size() == 1);
    if (names[value].empty())
        throw std::runtime_error(names.begin()->second);
    return only.held[value % 3] * value;
}
"""
CFFI = """\
[tool.headerkit]
writers = ["cffi"]
[tool.headerkit.headers."include/lib.h"]
[tool.headerkit.writer.cffi]
mode = "api"

[[tool.headerkit.extensions]]
name = "demo._lib"
sources = ["vendor/*.c"]
include_dirs = ["include"]
cffi = {header = "include/lib.h", source = '''
#undef NDEBUG
#include <assert.h>
#include "lib.h"
const char *lib_where(void) { assert(lib_double(1) == 2); return __FILE__; }'''}
"""
TABLES = """\
[[tool.headerkit.extensions]]
name = "scale"
kind = "static-library"
sources = ["vendor/scale.c"]
include_dirs = ["native"]
[[tool.headerkit.extensions]]
name = "demo._native"
sources = ["src/demo/_native.c"]
include_dirs = ["native"]
libraries = ["scale"]
"""
CXX_TABLE = """\
[[tool.headerkit.extensions]]
name = "demo._native"
sources = ["src/demo/_native.c", "src/demo/_cxx.cpp"]
include_dirs = ["native"]
"""
ZIG_TABLE = """\
[[tool.headerkit.extensions]]
name = "demo._native"
sources = ["src/demo/_native.zig"]
"""
USE = {
    "c": "import demo._native as m; print(m.scale(14))",
    "c++": "import demo._native as m; print(m.scale(14))",
    "zig": "import demo._native as m; print(m.scale(14))",
    "cffi": "from demo._lib import lib; print(lib.lib_double(21))",
}


def first_place(project, language, more=""):
    """A project with a module; `more` are lines of its table."""
    made = project(name=PLACES[0] + "/project")
    if language == "cffi":
        made.write("include/lib.h", LIB_H.replace("#endif", "const char *lib_where(void);\n#endif"))
        made.write("vendor/lib.c", ASSERT + LIB_C.replace("{\n    if", "{\n    assert(counter);\n    if"))
    made.write("src/demo/_native.c", CHECKED + NATIVE)
    made.write("native/scale.h", SCALE_H)
    made.write("vendor/scale.c" if language == "c" else "native/unused.c", ASSERT + SCALE_C.replace("{ ", "{ assert(value); "))
    made.write("src/demo/_cxx.cpp", CXX)
    made.write("src/demo/_native.zig", ROOT.replace("value * factor", "@as(c_long, @intCast(py.PyTuple_GET_SIZE(py.PyTuple_New(0)))) + value * factor"))
    made.write("src/demo/parts/factor.zig", FACTOR)
    made.configure(headerkit={"c": TABLES, "c++": CXX_TABLE, "zig": ZIG_TABLE, "cffi": CFFI}[language] + more)
    return made


@pytest.fixture(scope="session")
def other_zig(tmp_path_factory):
    """Another installation of the same zig."""
    folder = tmp_path_factory.mktemp("place-two-zig") / "ziglang"
    installed = Path(sysconfig.get_path("purelib")) / "ziglang"

    def linked(source, target):
        try:
            os.link(source, target)
        except OSError:
            shutil.copy2(source, target)

    shutil.copytree(installed, folder, copy_function=linked)
    return folder / "zig"


def built_in(place, made, tmp_path, **environment):
    """The module of a project, as it is built in a place."""
    name, top = place.split("/")[0], tmp_path / place
    folders = {"HOME": "home", "TMPDIR": "temporary", "XDG_CACHE_HOME": "cache", "HEADERKIT_BUILD_DIR": "objects"}
    for variable, folder in folders.items():
        environment[variable] = str(top / folder)
        (top / folder).mkdir(parents=True, exist_ok=True)
    wheel = made.build_wheel(top / "dist", env={**environment, "USER": name, "LOGNAME": name}).value
    (module,) = [name for name in members(wheel) if name.endswith((".so", ".pyd"))]
    return wheel, module, members(wheel)[module]


def build_twice(made, tmp_path, other_zig=None, **environment):
    """Builds in both places; what comes out is equal and clean."""
    other = made.copy(tmp_path / PLACES[1] / "project")
    named = {"HEADERKIT_ZIG": str(other_zig)} if other_zig else {}
    wheel, name, first = built_in(PLACES[0], made, tmp_path, **environment)
    _, other_name, second = built_in(PLACES[1], other, tmp_path, **{**environment, **named})
    assert name == other_name
    check(first, made, tmp_path)
    check(second, made, tmp_path)
    assert first == second, "%d and %d bytes, %s" % (len(first), len(second), differences(first, second))
    return wheel, first


def differences(first, second):
    return [(at, first[at : at + 40], second[at : at + 40]) for at in range(min(len(first), len(second))) if first[at] != second[at]][:1]


def check(module, made, tmp_path):
    """Nothing in a module names a place of this machine; Windows writes two bytes for a letter."""
    tools = Path(made.tools.python).parent.parent
    parts = [*(place.split("/")[0] for place in PLACES), str(tmp_path), str(tools), str(Path.home()), "ziglang", "zig-cache"]
    parts += [sysconfig.get_path("include"), sysconfig.get_path("purelib"), "further/away", "site-packages"]
    for text in (module, module.replace(b"\0", b"")):
        for part in parts:
            at = text.find(part.encode())
            assert at < 0, "%r: %r" % (part, text[max(at - 60, 0) : at + 120])


COMPILERS = [
    pytest.param({"CC": cc, "CXX": cxx}, id=cc, marks=pytest.mark.skipif(not shutil.which(cc), reason="no {} here".format(cc)))
    for cc, cxx in [("gcc", "g++"), ("clang-19", "clang++-19"), ("clang-14", "clang++-14")]
]
SYSTEM = 'compiler = "system"\n'
ZIG = 'compiler = "zig"\n'


@pytest.mark.parametrize("variables", COMPILERS)
@pytest.mark.parametrize("language", ["c", "c++", "cffi"])
def test_the_systems_compiler(language, variables, project, tmp_path, new_venv):
    made = first_place(project, language, SYSTEM)
    if language == "cffi":
        made.populate()
    wheel, _ = build_twice(made, tmp_path, **variables)
    assert imported(wheel, new_venv, USE[language]) == "42"


@pytest.mark.parametrize("language", ["c", "c++", "cffi", "zig"])
def test_zig_for_this_machine(language, project, tmp_path, new_venv, other_zig):
    """Its modules have no debug information, which nobody has asked for."""
    made = first_place(project, language, ZIG)
    if language == "cffi":
        made.populate()
    wheel, module = build_twice(made, tmp_path, other_zig)
    assert imported(wheel, new_venv, USE[language]) == "42"
    assert b".debug_info" not in module and len(module) < (1_500_000 if language == "c++" else 300_000)


TARGETS = ["linux/arm64", "linux/amd64/musl", "linux/arm64/musl", "macos/arm64", "macos/amd64", "windows/amd64", "windows/arm64"]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("language", ["c", "cffi", "zig"])
def test_zig_for_others(language, target, project, tmp_path, other_zig):
    made = first_place(project, language, ZIG)
    if language == "cffi":
        made.cli("cache", "populate", "--platform", target, libclang=True)
    build_twice(made, tmp_path, other_zig, HEADERKIT_TARGET=target)


@pytest.mark.parametrize("target", ["macos/arm64", "windows/amd64"])
def test_zig_has_a_cxx_library_of_its_own(target, project, tmp_path, other_zig):
    build_twice(first_place(project, "c++", ZIG), tmp_path, other_zig, HEADERKIT_TARGET=target)


def files_of(module, tmp_path):
    """The directories and files that debug information names."""
    path = tmp_path / "module.so"
    path.write_bytes(module)
    return run("objdump", "--dwarf=decodedline,info", path).out


@pytest.mark.parametrize("variables", COMPILERS)
@pytest.mark.parametrize("language", ["c", "c++", "cffi"])
def test_debug_information_is_relative_to_the_project(language, variables, project, tmp_path):
    made = first_place(project, language, SYSTEM + 'cflags = ["-g"]\n')
    if language == "cffi":
        made.populate()
    _, module = build_twice(made, tmp_path, **variables)
    said = files_of(module, tmp_path)
    assert "DW_TAG_subprogram" in said and ("_lib.cffi.c" if language == "cffi" else "_native.c") in said


@pytest.mark.parametrize("option", ["-g", "-g3"])
def test_zig_gives_debug_information_to_who_asks(option, project, tmp_path):
    made = first_place(project, "c", ZIG + 'cflags = ["{}"]\n'.format(option))
    _, _, module = built_in(PLACES[0], made, tmp_path)
    check(module, made, tmp_path)
    assert "_native.c" in files_of(module, tmp_path)


@pytest.mark.skipif(not shutil.which("x86_64-w64-mingw32-gcc"), reason="no gcc for Windows here: `apt-get install gcc-mingw-w64-x86-64`")
def test_gcc_for_windows(project, tmp_path):
    made = first_place(project, "c", SYSTEM)
    # Without its prefix no other system has it.
    (tmp_path / "dlltool").write_text('#!/bin/sh\nexec x86_64-w64-mingw32-dlltool "$@"\n')
    (tmp_path / "dlltool").chmod(0o755)
    path = os.pathsep.join([str(tmp_path), os.environ["PATH"]])
    named = {"CC": "x86_64-w64-mingw32-gcc", "AR": "x86_64-w64-mingw32-ar", "PATH": path}
    build_twice(made, tmp_path, HEADERKIT_TARGET="windows/amd64", **named)


def test_directories_of_libraries_are_not_searched_later(project, tmp_path):
    """Zig would write them into modules for this machine, as directories to load libraries from."""
    made = first_place(project, "c")
    more = 'library_dirs = ["lib"]\nldflags = ["-Wl,-rpath,$ORIGIN/own"]\n' + ZIG
    made.configure(headerkit=TABLES.replace('["scale"]\n', '["scale", "own"]\n' + more))
    made.write("src/demo/_native.c", NATIVE.replace("scaled(value)", "scaled(own())").replace("static PyObject *scale", "int own(void);\nstatic PyObject *scale"))
    (made.root / "lib").mkdir()
    command = ["gcc", "-shared", "-fPIC", "-xc", "-", "-o", made.root / "lib/libown.so"]
    subprocess.run([str(word) for word in command], input=b"int own(void) { return 1; }\n", check=True)
    _, module = build_twice(made, tmp_path)
    (tmp_path / "module.so").write_bytes(module)
    said = run("readelf", "-d", tmp_path / "module.so").out
    assert "[$ORIGIN/own]" in said and "libown.so" in said, said
