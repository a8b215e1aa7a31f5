"""Extension modules beside any inner backend: compiled, placed, tagged, imported; and what is said where that fails."""

import json
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile

import pytest

from project import Project, assert_clear, run, unpack

MODULE_C = """\
#include <Python.h>
#include "scale.h"

static PyObject *scale(PyObject *self, PyObject *argument)
{
    long value = PyLong_AsLong(argument);
    if (value == -1 && PyErr_Occurred())
        return NULL;
    return PyLong_FromLong(scaled(value));
}

static PyMethodDef methods[] = {{"scale", scale, METH_O, "scale a number"}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_native", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__native(void)
{
    return PyModule_Create(&module);
}
"""
SCALE_C = '#include "scale.h"\nlong scaled(long value) { return value * FACTOR; }\n'
SCALE_H = "#ifndef FACTOR\n#define FACTOR 3\n#endif\nlong scaled(long value);\n"
TABLE = """\
[[tool.headerkit.extensions]]
name = "demo._native"
sources = ["src/demo/*.c"]
include_dirs = ["native"]
"""
HEADERS = """\
[tool.headerkit]
writers = ["ctypes"]
[tool.headerkit.headers."include/demo.h"]
[tool.headerkit.output]
ctypes = "src/demo/_demo_ctypes.py"
"""
CP = "cp{}{}".format(*sys.version_info[:2])


@pytest.fixture
def native(project):
    """A project with a module of two C files and a header."""

    def make(inner="hatchling", table=TABLE, headers=False, name="project"):
        made = project(inner, name=name)
        made.write("src/demo/_native.c", MODULE_C)
        made.write("src/demo/scale.c", SCALE_C)
        made.write("native/scale.h", SCALE_H)
        ours = HEADERS if headers else ""
        made.configure(headerkit=ours + table)
        return made

    return make


def built(made, tmp_path, check=True, **environment):
    """The wheel of a project, built into a folder that keeps the objects between builds."""
    out = tmp_path / "dist"
    shutil.rmtree(out, ignore_errors=True)
    environment = {"HEADERKIT_BUILD_DIR": str(tmp_path / "objects"), **environment}
    result = made.build_wheel(out, check=check, env=environment)
    if not check:
        return result
    (wheel,) = out.glob("*.whl")
    return wheel


def install_editable(made, python, tmp_path):
    command = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps"]
    command += ["--no-build-isolation", "--no-cache-dir"]
    environment = made.tools.environment(False, HEADERKIT_BUILD_DIR=str(tmp_path / "objects"))
    run(*command, "--editable", made.root, env=environment)


def imported(wheel, new_venv, code, name="venv"):
    python = new_venv(name)
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel)
    return subprocess.check_output([str(python), "-c", code], text=True).strip()


@pytest.mark.parametrize("inner", ["hatchling", "flit_core", "setuptools"])
def test_a_module_is_built_beside_any_backend(inner, native, tmp_path, new_venv):
    wheel = built(native(inner), tmp_path)
    assert re.match(r"demo-[^-]+-{0}-{0}-manylinux".format(CP), wheel.name), wheel.name
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = archive.read(next(name for name in names if name.endswith("/WHEEL"))).decode()
    assert "Root-Is-Purelib: false" in metadata and "Tag: {0}-{0}-manylinux".format(CP) in metadata
    assert [name for name in names if name.startswith("demo/_native")] == ["demo/_native" + sysconfig.get_config_var("EXT_SUFFIX")]
    assert not [name for name in names if name.endswith((".c", ".o"))], names
    assert imported(wheel, new_venv, "import demo._native as m; print(m.scale(14))") == "42"


def test_equal_inputs_give_equal_wheels(native, tmp_path):
    first = built(native(), tmp_path).read_bytes()
    second = built(native(), tmp_path / "again").read_bytes()
    assert first == second


def test_a_stable_abi_module_loads_into_later_pythons(native, tmp_path, new_venv):
    wheel = built(native(table=TABLE + 'limited_api = "3.9"\n'), tmp_path)
    assert "-cp39-abi3-manylinux" in wheel.name
    with zipfile.ZipFile(wheel) as archive:
        assert "demo/_native.abi3.so" in archive.namelist()
    assert imported(wheel, new_venv, "import demo._native as m; print(m.scale(1))") == "3"


def test_what_the_stable_abi_lacks_is_an_error(native, tmp_path):
    made = native(table=TABLE + 'limited_api = "3.9"\n')
    made.write("src/demo/_native.c", MODULE_C.replace("PyLong_FromLong(scaled(value))", "PyTuple_GET_ITEM(self, 0)"))
    result = built(made, tmp_path, check=False)
    assert result.code != 0 and "PyTuple_GET_ITEM" in result.err and "compiling `src/demo/_native.c` failed" in result.err


def test_flags_of_the_table_and_of_the_environment_arrive(native, tmp_path, new_venv):
    made = native(table=TABLE + 'defines = ["FACTOR=5"]\ncflags = ["-DUNUSED"]\n')
    assert imported(built(made, tmp_path), new_venv, "import demo._native as m; print(m.scale(1))") == "5"
    made = native(table=TABLE, name="other")
    wheel = built(made, tmp_path / "b", CFLAGS="-DFACTOR=7", LDFLAGS="-Wl,--as-needed")
    assert imported(wheel, new_venv, "import demo._native as m; print(m.scale(1))", "second") == "7"


def test_nothing_is_compiled_again_that_has_not_changed(native, tmp_path):
    log = tmp_path / "log"
    launcher = tmp_path / "launcher"
    launcher.write_text('#!/bin/sh\nfor last; do case "$last" in *.c) echo "$last" >> "{}";; esac; done\nexec "$@"\n'.format(log))
    launcher.chmod(0o755)
    made = native(table=TABLE + "launcher = [\"{}\"]\n".format(launcher)).warm

    def compiled():
        names = sorted(set(log.read_text().split())) if log.exists() else []
        log.unlink(missing_ok=True)
        return names

    first = built(made, tmp_path).read_bytes()
    assert compiled() == ["src/demo/_native.c", "src/demo/scale.c"]
    # No compiler at all is started: there is none.
    again = built(made, tmp_path).read_bytes()
    assert compiled() == [] and again == first
    made.write("src/demo/scale.c", SCALE_C + "/* changed */\n")
    assert built(made, tmp_path).read_bytes() == first and compiled() == ["src/demo/scale.c"]
    made.write("native/scale.h", SCALE_H.replace("3", "4"))
    assert built(made, tmp_path).read_bytes() != first
    assert compiled() == ["src/demo/_native.c", "src/demo/scale.c"]


def test_bindings_and_modules_come_in_one_wheel(native, tmp_path, new_venv):
    made = native(headers=True)
    made.populate()
    wheel = built(made, tmp_path)
    assert CP in wheel.name
    assert imported(wheel, new_venv, "import demo._native as m; print(m.scale(2))") == "6"
    with zipfile.ZipFile(wheel) as archive:
        assert "demo/_demo_ctypes.py" in archive.namelist()


def test_a_wheel_from_the_sdist_is_the_same(native, tmp_path):
    made = native("flit_core")
    direct = built(made, tmp_path).read_bytes()
    sdist = made.build_sdist(tmp_path / "sdist").value
    unpacked = Project(unpack(sdist, tmp_path / "unpacked"), made.tools, made.inner)
    assert unpacked.exists("native/scale.h")
    assert built(unpacked, tmp_path / "from").read_bytes() == direct


def test_an_sdist_without_sources_that_lie_outside_says_so(native, tmp_path):
    made = native("flit_core", table=TABLE.replace("src/demo/*.c", 'src/demo/_native.c", "../elsewhere/scale.c'))
    (made.root.parent / "elsewhere").mkdir(exist_ok=True)
    (made.root.parent / "elsewhere/scale.c").write_text(SCALE_C)
    result = made.build_sdist(tmp_path / "sdist")
    assert "`../elsewhere/scale.c` of the extension `demo._native` lies outside the project" in result.err, result.err
    assert "outside" not in native("flit_core", name="inside").build_sdist(tmp_path / "sdist").err


def test_an_editable_install_has_the_module_in_place(native, tmp_path, new_venv):
    made = native()
    python = new_venv()
    install_editable(made, python, tmp_path)
    code = "import demo._native as m; print(m.scale(2), m.__file__)"
    shown = subprocess.check_output([str(python), "-c", code], text=True)
    assert shown.startswith("6 ") and str(made.root) in shown


@pytest.mark.skipif(not shutil.which("g++"), reason="no g++ here")
@pytest.mark.parametrize("inner", ["flit_core", "hatchling"])
def test_modules_of_other_pythons_and_targets_are_not_shipped(inner, native, tmp_path):
    """Editable installs leave modules in the source tree, which some inner backends take for a part of the package."""
    made = native(inner)
    for name in ("_native.cpython-38-x86_64-linux-gnu.so", "_native.abi3.so", "_native.pyd", "_natives.so"):
        made.write("src/demo/" + name, "made for somebody else")
    with zipfile.ZipFile(built(made, tmp_path)) as archive:
        names = {name for name in archive.namelist() if name.endswith((".so", ".pyd"))}
    # What is called otherwise is the project's own business.
    assert names == {"demo/_native" + sysconfig.get_config_var("EXT_SUFFIX"), "demo/_natives.so"}
    assert made.exists("src/demo/_native.abi3.so")


def test_cxx_sources(native, tmp_path, new_venv):
    made = native(table=TABLE.replace("*.c", "*.cpp"))
    source = MODULE_C.replace('"scale.h"', "<vector>").replace("scaled(value)", "std::vector<long>(value).size()")
    made.write("src/demo/_native.cpp", source)
    assert imported(built(made, tmp_path), new_venv, "import demo._native as m; print(m.scale(9))") == "9"


def test_a_library_of_the_project_is_linked_again_when_it_changes(native, tmp_path, new_venv):
    made = native(table=TABLE.replace("*.c", "_native.c") + 'libraries = ["scale"]\nlibrary_dirs = ["lib"]\n')

    def archive(factor):
        (made.root / "lib").mkdir(exist_ok=True)
        (made.root / "lib/libscale.a").unlink(missing_ok=True)
        run("cc", "-fPIC", "-c", "-DFACTOR={}".format(factor), "-Inative", "src/demo/scale.c", "-o", tmp_path / "scale.o", cwd=made.root)
        run("ar", "rcs", "lib/libscale.a", tmp_path / "scale.o", cwd=made.root)

    for factor, name in ((3, "first"), (8, "second")):
        archive(factor)
        wheel = built(made, tmp_path)
        assert imported(wheel, new_venv, "import demo._native as m; print(m.scale(1))", name) == str(factor)


def test_what_a_library_of_every_system_defines_is_not_missing(native, tmp_path, new_venv):
    # zlib's oldest functions have no version.
    made = native(table=TABLE + 'libraries = ["z"]\n')
    made.write("src/demo/scale.c", "#include <zlib.h>\nlong scaled(long value) { return crc32(0, 0, 0) + zlibVersion()[0] + value; }\n")
    wheel = built(made, tmp_path)
    assert "-manylinux" in wheel.name
    assert imported(wheel, new_venv, "import demo._native as m; print(m.scale(3))") == str(ord("1") + 3)


SCALE_PC = """\
prefix=${pcfiledir}/..
Name: scale
Description: scales
Version: 1.5
Cflags: -DFACTOR=6 -I${prefix}/include
Libs: -L${prefix}/lib -lscale -Wl,--as-needed
"""


@pytest.mark.skipif(not shutil.which("pkg-config"), reason="no pkg-config here")
def test_pkg_config_tells_the_flags_of_a_library(native, tmp_path, new_venv):
    made = native(table=TABLE.replace("*.c", "_native.c").replace('"native"', "") + 'pkg_config = ["scale >= 1.2"]\n')
    library = tmp_path / "a library"
    for name in ("include", "lib", "pc"):
        (library / name).mkdir(parents=True)
    shutil.move(made.root / "native/scale.h", library / "include")
    (library / "pc/scale.pc").write_text(SCALE_PC)
    object_file = tmp_path / "scale.o"
    run("cc", "-fPIC", "-c", "-DFACTOR=6", "-I" + str(library / "include"), "src/demo/scale.c", "-o", object_file, cwd=made.root)
    run("ar", "rcs", library / "lib/libscale.a", object_file)
    known = {"PKG_CONFIG_PATH": str(library / "pc")}
    wheel = built(made, tmp_path, **known)
    assert imported(wheel, new_venv, "import demo._native as m; print(m.scale(7))") == "42"
    unknown = built(made, tmp_path, check=False)
    assert_clear(unknown, "`pkg-config` failed", "scale", "PKG_CONFIG_PATH")
    made.write("pyproject.toml", made.read("pyproject.toml").replace("1.2", "2.1"))
    assert_clear(built(made, tmp_path, check=False, **known), "`pkg-config` failed", "scale", "2.1")
    missing = built(made, tmp_path, check=False, PKG_CONFIG="no-pkg-config-here")
    assert_clear(missing, "`no-pkg-config-here` cannot be started", "`libraries`")


@pytest.mark.parametrize(
    "table, change, words",
    [
        (TABLE, ("src/demo/scale.c", "nonsense here;\n"), ["compiling `src/demo/scale.c` failed", "src/demo/scale.c:1", "HEADERKIT_LOG=debug shows the command"]),
        (TABLE.replace("*.c", "_native.c"), None, ["uses `scaled`", "`libraries`", "`sources`"]),
        (TABLE, ("src/demo/scale.c", "double log2(double);\nlong scaled(long value) { return log2(value); }\n"), ["uses `log2`", "<math.h>", 'libraries = ["m"]']),
        (TABLE + 'libraries = ["nowhere_at_all"]\n', None, ["linking failed", "nowhere_at_all"]),
        (TABLE.replace("demo._native", "demo._other"), None, ["does not define `PyInit__other`"]),
        (TABLE.replace("demo._native", "elsewhere._native"), None, ["there is no package `elsewhere`"]),
        (TABLE + TABLE, None, ["two extensions called `demo._native`", "pyproject.toml:"]),
        (TABLE.replace("*.c", "*.cu"), None, ["`src/demo/*.cu` matches no file", "pyproject.toml:"]),
        (TABLE + 'limited_api = "three"\n', None, ["`limited_api` must be a version of Python, not `three`"]),
        (TABLE + 'compiler = "gcc"\n', None, ["there is no compiler `gcc`", "`auto`, `system` or `zig`"]),
        (TABLE.replace('"demo._native"', '"demo.1"'), None, ["`demo.1` cannot be the name of a module"]),
    ],
)
def test_what_fails_says_why(table, change, words, native, tmp_path):
    made = native(table=table)
    if change:
        made.write(*change)
    result = built(made, tmp_path, check=False)
    assert result.code != 0
    for word in words:
        assert word in result.err, result.err
    assert "panicked" not in result.err and not list((tmp_path / "dist").iterdir())


def test_zig_needs_no_compiler(native, tmp_path, new_venv):
    made = native(table=TABLE + 'compiler = "zig"\n')
    nothing = tmp_path / "empty"
    nothing.mkdir()
    requires = made.hook("get_requires_for_build_wheel").value
    assert [name for name in requires if name.startswith("ziglang")] == ["ziglang>=0.12"]
    # Zig fills its cache once; the system's compilers are out of reach.
    wheel = built(made, tmp_path, PATH=str(nothing), HOME=str(tmp_path))
    assert wheel.name.endswith("-{0}-{0}-manylinux_2_17_x86_64.manylinux2014_x86_64.whl".format(CP)), wheel.name
    assert imported(wheel, new_venv, "import demo._native as m; print(m.scale(14))") == "42"


@pytest.mark.parametrize("call", ["", "inflateValidate"])
def test_auditwheel_agrees_about_the_tag(call, native, tmp_path):
    made = native(table=TABLE + ('libraries = ["z"]\n' if call else ""))
    if call:
        made.write("src/demo/scale.c", "#include <zlib.h>\nlong scaled(long value) {{ return {}(0, 0) + value; }}\n".format(call))
    wheel = built(made, tmp_path)
    shown = run(sys.executable, "-m", "auditwheel", "show", wheel).out
    promised = re.search(r"manylinux_2_(\d+)_", wheel.name).group(1)
    found = re.search(r'consistent with\s+the following platform tag:\s+"manylinux_2_(\d+)_', shown)
    assert found and int(found.group(1)) <= int(promised), shown


def test_no_compiler_says_what_to_do(native, tmp_path):
    made = native(table=TABLE + 'compiler = "system"\n')
    nothing = tmp_path / "empty"
    nothing.mkdir()
    result = built(made, tmp_path, check=False, PATH=str(nothing))
    assert result.code != 0 and "there is no C compiler" in result.err and 'compiler = "zig"' in result.err


def test_neither_a_compiler_nor_zig_is_told_as_that(native, tmp_path):
    """A build without isolation, which gets no zig by itself; nothing is said of other targets."""
    made = native()
    nothing = tmp_path / "empty"
    nothing.mkdir()
    where = "import importlib.util; print(importlib.util.find_spec('ziglang').submodule_search_locations[0])"
    zig = run(made.tools.python, "-c", where).out.strip()
    mounted = ["unshare", "--mount", "--map-root-user", "sh", "-ec", 'mount --bind "$0" "$1"; shift; exec "$@"', nothing, zig]
    hook = [made.tools.binary, "hook", "build_wheel", "--project", made.root, "--out", tmp_path / "dist"]
    environment = made.tools.environment(False, HEADERKIT_BUILD_DIR=str(tmp_path / "objects"))
    result = run(*mounted, "env", "PATH={}".format(nothing), *hook, env=environment, check=False)
    assert_clear(result, "there is no C compiler: neither `CC` nor `cc`, `gcc` or `clang` on PATH, nor zig")
    assert "hint: install a C compiler, or zig: `pip install ziglang`" in result.err and "target" not in result.err


LIB_H = """\
#ifndef LIB_H
#define LIB_H
#define LIB_LIMIT 40
typedef struct lib_counter { long total; int (*accept)(long value, void *context); void *context; } lib_counter;
long lib_add(lib_counter *counter, long value);
static inline long lib_double(long value) { return 2 * value; }
#endif
"""
LIB_C = """\
#include "lib.h"
long lib_add(lib_counter *counter, long value)
{
    if (!counter->accept || counter->accept(value, counter->context))
        counter->total += value;
    return counter->total;
}
"""
CFFI = """\
[tool.headerkit]
writers = ["cffi"]
[tool.headerkit.headers."include/lib.h"]
[tool.headerkit.writer.cffi]
mode = "api"
extra_cdef = ['extern "Python" int accept_even(long value, void *context);']

[[tool.headerkit.extensions]]
name = "demo._lib"
sources = ["vendor/*.c"]
include_dirs = ["include"]
cffi = {header = "include/lib.h", source = '#include "lib.h"'}
"""
USE = """\
from demo._lib import ffi, lib
@ffi.def_extern()
def accept_even(value, context):
    return value % 2 == 0
counter = ffi.new("lib_counter *", {"accept": lib.accept_even})
lib.lib_add(counter, 3)
print(lib.lib_add(counter, 20), lib.lib_double(lib.lib_add(counter, 1)), lib.LIB_LIMIT)
"""


@pytest.fixture
def wrapped(project):
    """A project whose module cffi writes, around a library that it carries. The store has the declarations."""

    def make(inner="hatchling", settings=CFFI, populate=True):
        made = project(inner)
        made.write("include/lib.h", LIB_H)
        made.write("vendor/lib.c", LIB_C)
        made.configure(headerkit=settings)
        if populate:
            made.populate()
        return made

    return make


@pytest.mark.parametrize("inner", ["hatchling", "flit_core", "setuptools"])
def test_cffi_writes_a_module_around_a_library(inner, wrapped, tmp_path, new_venv):
    made = wrapped(inner)
    requires = made.hook("get_requires_for_build_wheel").value
    assert [name for name in requires if name.startswith("cffi")] == ["cffi>=1.15; platform_python_implementation != 'PyPy'"]
    wheel = built(made, tmp_path)
    assert re.match(r"demo-[^-]+-{0}-{0}-manylinux".format(CP), wheel.name), wheel.name
    with zipfile.ZipFile(wheel) as archive:
        ours = [name for name in archive.namelist() if not name.startswith("demo-")]
    assert sorted(ours) == ["demo/__init__.py", "demo/_lib" + sysconfig.get_config_var("EXT_SUFFIX")]
    assert imported(wheel, new_venv, USE) == "20 40 40"


@pytest.mark.parametrize(
    "source, why",
    [("", "its compiler does not know, or knows otherwise"), ("int no_such(int);", "no library that it is linked with defines")],
)
def test_what_the_user_declares_is_not_left_out(wrapped, tmp_path, source, why):
    """Of the header that would be a warning; of the user's own line it is an error, now and in the next build."""
    own = """extra_cdef = [
    'extern "Python" int accept_even(long value, void *context);',
    'int no_such(int status);',
]"""
    settings = CFFI.replace(CFFI.splitlines()[5], own).replace("'#include \"lib.h\"'", '"#include <lib.h>\\n{}"'.format(source))
    made = wrapped(settings=settings + 'libraries = ["m"]\n').warm
    line = 1 + made.read("pyproject.toml").splitlines().index("    'int no_such(int status);',")
    for _ in range(2):
        result = built(made, tmp_path, check=False)
        assert_clear(result, "pyproject.toml:{}: `demo._lib` cannot have `no_such` of `extra_cdef`".format(line), why)
        assert "int no_such(int status);" in result.err and "lacks" not in result.err


def test_a_cffi_module_keeps_to_the_stable_abi(wrapped, tmp_path, new_venv):
    wheel = built(wrapped(settings=CFFI + 'limited_api = "3.9"\n'), tmp_path)
    assert "-cp39-abi3-manylinux" in wheel.name
    assert imported(wheel, new_venv, USE) == "20 40 40"


def test_a_cffi_module_needs_no_compiler_with_zig(wrapped, tmp_path, new_venv):
    nothing = tmp_path / "empty"
    nothing.mkdir()
    made = wrapped(settings=CFFI + 'compiler = "zig"\n')
    wheel = built(made, tmp_path, PATH=str(nothing), HOME=str(tmp_path))
    assert wheel.name.endswith("-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"), wheel.name
    assert imported(wheel, new_venv, USE) == "20 40 40"


def test_cffi_and_the_compiler_run_for_what_has_changed(wrapped, tmp_path):
    made = wrapped().warm
    log = tmp_path / "log"
    launcher = tmp_path / "launcher"
    launcher.write_text('#!/bin/sh\necho x >> "{}"\nexec "$@"\n'.format(log))
    launcher.chmod(0o755)

    def compiled():
        count = len(log.read_text().split()) if log.exists() else 0
        log.unlink(missing_ok=True)
        return count

    first = built(made, tmp_path, HEADERKIT_LAUNCHER=str(launcher)).read_bytes()
    assert compiled() == 2
    (source,) = (tmp_path / "objects").rglob("_lib.cffi.c")
    written = source.stat().st_mtime_ns
    again = built(made, tmp_path, HEADERKIT_LAUNCHER=str(launcher)).read_bytes()
    assert compiled() == 0 and again == first and source.stat().st_mtime_ns == written
    made.write("vendor/lib.c", LIB_C + "/* changed */\n")
    assert built(made, tmp_path, HEADERKIT_LAUNCHER=str(launcher)).read_bytes() == first and compiled() == 1
    made.write("pyproject.toml", made.read("pyproject.toml").replace("'#include \"lib.h\"'", "'#include <lib.h>'"))
    built(made, tmp_path, HEADERKIT_LAUNCHER=str(launcher))
    assert compiled() == 1 and "#include <lib.h>" in source.read_text()
    assert built(made, tmp_path / "elsewhere").read_bytes() == built(made, tmp_path).read_bytes()


def test_a_cffi_module_is_built_from_the_sdist(wrapped, tmp_path):
    made = wrapped("flit_core", CFFI.replace("source = '#include \"lib.h\"'", 'source_file = "src/demo/lib.csrc.c"'), populate=False)
    made.write("src/demo/lib.csrc.c", '#include "lib.h"\n')
    made.populate()
    direct = built(made, tmp_path)
    with zipfile.ZipFile(direct) as archive:
        assert "demo/lib.csrc.c" not in archive.namelist()
    sdist = made.build_sdist(tmp_path / "sdist").value
    unpacked = Project(unpack(sdist, tmp_path / "unpacked"), made.tools, made.inner)
    assert built(unpacked, tmp_path / "from").read_bytes() == direct.read_bytes()


def test_an_editable_install_has_the_cffi_module_in_place(wrapped, tmp_path, new_venv):
    made = wrapped()
    python = new_venv()
    install_editable(made, python, tmp_path)
    shown = subprocess.check_output([str(python), "-c", USE + "import demo._lib\nprint(demo._lib.__file__)"], text=True)
    assert shown.startswith("20 40 40\n") and str(made.root) in shown


def test_a_build_without_cffi_says_what_to_do(wrapped, tmp_path):
    made = wrapped()
    (tmp_path / "path").mkdir()
    (tmp_path / "path/cffi.py").write_text("raise ImportError('there is none')\n")
    result = built(made, tmp_path, check=False, PYTHONPATH=str(tmp_path / "path"))
    assert_clear(result, "cffi cannot be imported: there is none", "install cffi into the environment that builds")


@pytest.mark.parametrize(
    "change, words",
    [
        (("['extern", "['int broken(((', 'extern"), ["cffi cannot use the declarations of `include/lib.h`", 'cannot parse "int broken(((']),
        (('mode = "api"\n', ""), ["the cffi output of `include/lib.h` is for ABI mode", 'set `mode = "api"`']),
        (('"cffi"]', '"json"]'), ["no cffi output is configured for `include/lib.h`", "`writers`"]),
        (('{header = "include/lib.h"', '{header = "include/other.h"'), ["`include/other.h` is not configured", '[tool.headerkit.headers."include/other.h"]']),
        ((", source = '#include \"lib.h\"'", ""), ["needs either `source` or `source_file`"]),
        (("source = '#include \"lib.h\"'", 'source_file = "no.c"'), ["cannot read its source", "no.c"]),
        (('{header = "include/lib.h", ', "{"), ["has no `header`"]),
        (("'#include \"lib.h\"'", "'#include \"nothing.h\"'"), ["compiling", "nothing.h", "HEADERKIT_LOG=debug"]),
    ],
)
def test_what_keeps_cffi_from_writing_a_module_is_said(change, words, wrapped, tmp_path):
    assert change[0] in CFFI
    made = wrapped(settings=CFFI.replace(*change), populate=False)
    result = built(made, tmp_path, check=False, LIBCLANG_PATH=str(made.tools.libclang))
    assert_clear(result, *words)
    assert not list((tmp_path / "dist").iterdir())


LIMITED = TABLE + 'limited_api = "3.9"\n'
# Declared here, so that the compiler has nothing to complain about.
DECLARED = '#include <Python.h>\nPyAPI_FUNC(int) {0}(PyObject *);\nint touch(PyObject *object) {{ return {0}(object); }}\n'


@pytest.mark.parametrize("suffix", ["c", "cpp"])
@pytest.mark.parametrize(
    "symbol, words",
    [
        ("_PyObject_IsFreed", ["no limited API up to that of Python 3.{}".format(sys.version_info[1]), "remove `limited_api`"]),
        ("PyType_GetName", ['set `limited_api = "3.11"`']),
    ],
)
def test_what_a_source_declares_itself_is_checked_too(symbol, words, suffix, native, tmp_path):
    if symbol == "PyType_GetName" and sys.version_info < (3, 11):
        pytest.skip("only Python 3.11 declares it")
    made = native(table=LIMITED.replace('"src/demo/*.c"', '"src/demo/*.c", "src/demo/touch.*"'))
    code = DECLARED.format(symbol)
    if suffix == "cpp":
        code = code.replace("PyAPI_FUNC(int)", 'extern "C" int')
    made.write("src/demo/touch." + suffix, code)
    made.write("src/demo/_native.c", MODULE_C.replace("static PyObject *scale", "int touch(PyObject *);\nvoid *keep = touch;\nstatic PyObject *scale", 1))
    if suffix == "cpp":
        made.write("src/demo/touch.cpp", code.replace("int touch", 'extern "C" int touch'))
    result = built(made, tmp_path, check=False)
    assert_clear(result, "uses `{}`, which the limited API of Python 3.9 does not have".format(symbol), *words)
    assert not list((tmp_path / "dist").iterdir())


def test_the_limited_api_is_looked_up_once(native, tmp_path):
    made = native(table=LIMITED).warm
    log = tmp_path / "log"
    compiler = tmp_path / "mycc"
    compiler.write_text('#!/bin/sh\necho "$*" >> "{}"\nexec gcc "$@"\n'.format(log))
    compiler.chmod(0o755)
    first = built(made, tmp_path, CC=str(compiler)).read_bytes()
    assert log.read_text().count("limited.c") == 1
    log.unlink()
    assert built(made, tmp_path, CC=str(compiler)).read_bytes() == first and not log.exists()


@pytest.mark.parametrize("compiler", ["system", "zig"])
def test_abi3audit_agrees_about_the_stable_abi(compiler, native, tmp_path):
    wheel = built(native(table=LIMITED + 'compiler = "{}"\n'.format(compiler)), tmp_path)
    said = json.loads(run(sys.executable, "-m", "abi3audit", "--report", "--strict", wheel).out)
    (results,) = said["specs"].values()
    (module,) = results["wheel"]
    assert module["result"]["is_abi3"] and not module["result"]["non_abi3_symbols"], said
