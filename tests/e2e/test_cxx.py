"""C++ headers: Cython compiles the .pxd, calls what it declares, and gets the right results."""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "oracles"))

import cxx_oracle  # noqa: E402

OWN = sorted(cxx_oracle.HEADERS.glob("*.hpp"))
# Name: the header, below an include directory, and the libraries to link.
REAL = {
    "tinyxml2": ("tinyxml2.h", "tinyxml2"),
    "pugixml": ("pugixml.hpp", "pugixml"),
    "jsoncpp": ("jsoncpp/json/json.h", "jsoncpp"),
    "re2": ("re2/re2.h", "re2"),
    "leveldb": ("leveldb/db.h", "leveldb"),
    "fmt": ("fmt/core.h", "fmt"),
    "yaml_cpp": ("yaml-cpp/yaml.h", "yaml-cpp"),
    "snappy": ("snappy.h", "snappy"),
    "spdlog": ("spdlog/spdlog.h", "spdlog fmt"),
}

needs_compiler = pytest.mark.skipif(shutil.which("g++") is None, reason="g++ is not installed")


@needs_compiler
@pytest.mark.parametrize("header", OWN, ids=lambda header: header.stem)
def test_own_headers(header, tools, tmp_path):
    env = tools.environment(libclang=True)
    problem = cxx_oracle.check(tools.binary, header, header.with_suffix(".pyx"), tmp_path, env=env)
    assert not problem


@needs_compiler
@pytest.mark.parametrize("name", sorted(REAL))
def test_real_headers(name, tools, tmp_path):
    below, libraries = REAL[name]
    header = Path("/usr/include") / below
    if not header.is_file():
        pytest.skip("{} is not installed".format(header))
    source = cxx_oracle.HEADERS / "real" / (name + ".pyx")
    flags = ["-I/usr/include", "-I/usr/include/jsoncpp"]
    env = tools.environment(libclang=True)
    problem = cxx_oracle.check(
        tools.binary, header, source, tmp_path, libraries.split(), flags, ["--backend-arg=-xc++"], env=env
    )
    assert not problem


def generate(tools, header, writer, output, cwd, *more):
    command = [tools.binary, header, "-w", writer, "--no-cache", "--no-config", "-o", "{}:{}".format(writer, output), *more]
    env = tools.environment(libclang=True)
    return subprocess.run([str(part) for part in command], cwd=str(cwd), env=env, capture_output=True, text=True)


def test_writers_for_c_bind_the_c_part(tools, tmp_path):
    """`extern "C"` parts are bound, and each declaration that only C++ has is said to be left out, once."""
    import cffi

    header = cxx_oracle.HEADERS / "extern_c.hpp"
    said = {writer: generate(tools, header, writer, out, tmp_path).stderr
            for writer, out in (("cffi", "out.txt"), ("ctypes", "out_ctypes.py"))}
    for text in said.values():
        for name in ("mangled", "identity", "Hidden", "ec_by_value", "ec::not_c"):
            assert text.count("`{}` is left out".format(name)) == 1, text
    ffi = cffi.FFI()
    ffi.cdef((tmp_path / "out.txt").read_text())
    assert ffi.sizeof("struct ec_point") == 8 and ffi.sizeof("struct Methods") == 4
    assert {"ec_strange", "ec_methods", "ec_inside", "ec_counter"} <= set(dir(ffi.dlopen(None)))
    text = (tmp_path / "out_ctypes.py").read_text()
    assert compile(text, "out_ctypes.py", "exec")
    assert all(name in text for name in ("ec_point", "Methods", "ec_methods", "ec_inside", "EcLimit"))


SILENT = """\
#pragma once
template <class T> constexpr int size_of = sizeof(T);
struct Base { Base(int) {} };
struct Store : Base {
    using Base::Base;
    Store(const Store &) = delete;
    Store(Store &&) noexcept;
    Store(int &&given, int more);
    int at(int i) { return i; }
    int at(int i) const { return i; }
    friend bool operator==(const Store &, const Store &) { return true; }
    Store &operator[](int);
    Store &operator<<(int);
    Store &operator>>(int) noexcept;
};
struct Abstract { Abstract(int); virtual int f() = 0; };
int gone(int) = delete;
"""


def test_nothing_is_left_out_in_silence(tools, tmp_path):
    (tmp_path / "silent.hpp").write_text(SILENT)
    said = generate(tools, "silent.hpp", "cython", "out.pxd", tmp_path, "-v").stderr
    for wanted in (
        "warning: variable template `size_of` is left out",
        "warning: friend function `operator==` is left out",
        "warning: using declaration `Store::Base` is left out: Cython has no inherited constructors",
        "warning: constructor `Store::Store` is left out: Cython has no rvalue references",
        "warning: function `gone` is left out: it is deleted",
        "note: struct `Store` is declared without `Store(const Store &)` (deleted), `Store(Store &&)` (values are moved by "
        "themselves), `at(int) const` (the same to Cython as another one)",
        "note: operator `Store::operator[]` and 1 more are not `except +`: Cython would work on copies",
        "note: struct `Abstract` is declared without `Abstract(int)` (an abstract class makes no objects)",
    ):
        assert said.count(wanted) == 1, (wanted, said)


CONSTEVAL = """\
struct Table {
    consteval Table(int size) : size(size) {}
    Table() : size(1) {}
    consteval int now() const { return size; }
    constexpr int any() const { return size; }
    int size;
};
consteval int twice(int v) { return 2 * v; }
constexpr int thrice(int v) { return 3 * v; }
"""
USES = """\
from consteval_part cimport Table, thrice
cdef Table table
assert table.any() == 1 and thrice(table.size) == 3
"""


@needs_compiler
def test_what_is_evaluated_by_the_compiler_alone_is_left_out(tools, tmp_path):
    (tmp_path / "consteval_part.hpp").write_text(CONSTEVAL)
    options = "--backend-arg=-std=c++20"
    done = generate(tools, "consteval_part.hpp", "cython", "consteval_part.pxd", tmp_path, options)
    for what in ("constructor `Table::Table`", "method `Table::now`", "function `twice`"):
        assert what + " is left out: it is `consteval`, and nothing can call it at run time" in done.stderr, done.stderr
    text = (tmp_path / "consteval_part.pxd").read_text()
    assert "twice" not in text and "now" not in text
    (tmp_path / "uses.pyx").write_text(USES)
    for command in (
        [sys.executable, "-m", "cython", "-3", "--cplus", "-Werror", "uses.pyx"],
        ["g++", "-std=c++20", "-shared", "-fPIC", "-I.", "-I" + sysconfig.get_paths()["include"], "uses.cpp", "-o", "uses.so"],
        [sys.executable, "-c", "import uses"],
    ):
        done = cxx_oracle.call(command, tmp_path)
        assert not done.returncode, done.stderr


def test_a_header_without_c_is_refused(tools, tmp_path):
    (tmp_path / "only.hpp").write_text("namespace n { class C {}; }\n")
    answer = generate(tools, "only.hpp", "cffi", "out.txt", tmp_path)
    assert answer.returncode == 1 and "all of it is C++" in answer.stderr
