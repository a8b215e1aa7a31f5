"""Modules for other systems: built on this machine, judged by auditwheel, abi3audit and foreign interpreters."""

import json
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from project import assert_clear, members
from test_extensions import TABLE, built, native  # noqa: F401: a fixture


ROOT = Path(__file__).resolve().parents[2]
# What is run, and one of each that cannot be; tests/cross/run.py knows all platforms.
TARGETS = ["linux/arm64", "linux/s390x", "linux/amd64/musl", "macos/arm64", "windows/amd64"]


@pytest.mark.parametrize("example", ["adder-zig", "ring-cffi"])
@pytest.mark.skipif(sys.version_info < (3, 10), reason="abi3audit needs Python 3.10")
def test_wheels_for_other_systems_are_what_they_say(tools, tmp_path, example):
    table = tmp_path / "table.json"
    command = [sys.executable, ROOT / "tests" / "cross" / "run.py", "--python", tools.python, "--example", example]
    command += ["--json", table, *(part for target in TARGETS for part in ("--target", target))]
    answer = subprocess.run(
        [str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert answer.returncode == 0, answer.stdout
    rows = json.loads(table.read_text())
    assert [(row["target"], row["result"]) for row in rows] == [(target, "built") for target in TARGETS]
    assert [row["ran"] for row in rows[:2]] == ["yes, qemu"] * 2, answer.stdout


@pytest.mark.parametrize(
    "target, suffix, tag",
    [
        ("linux/arm/v7", "cpython-{}-arm-linux-gnueabihf.so", "manylinux_2_17_armv7l.manylinux2014_armv7l"),
        ("x86_64-unknown-linux-gnu.2.28", "cpython-{}-x86_64-linux-gnu.so", "manylinux_2_17_x86_64.manylinux2014_x86_64"),
        ("arm64-apple-macosx14.0", "cpython-{}-darwin.so", "macosx_14_0_arm64"),
        ("windows/arm64", "cp{}-win_arm64.pyd", "win_arm64"),
    ],
)
def test_a_module_has_the_name_that_its_python_looks_for(target, suffix, tag, native, tmp_path):
    version = "{}{}".format(*sys.version_info[:2])
    wheel = built(native(table=TABLE + 'compiler = "zig"\n'), tmp_path, HEADERKIT_TARGET=target)
    assert wheel.name == "demo-1.0.0-cp{0}-cp{0}-{1}.whl".format(version, tag)
    names = [name for name in members(wheel) if name.startswith("demo/_native")]
    assert names == ["demo/_native." + suffix.format(version)]


def test_zig_has_the_parts_of_the_c_library_itself(native, tmp_path):
    made = native(table=TABLE + 'compiler = "zig"\nlibraries = ["m"]\n')
    # glibc 2.29 has another `pow` than 2.17.
    made.write("src/demo/scale.c", "#include <math.h>\nlong scaled(long value) { return (long)pow(value, 3.5); }\n")
    assert built(made, tmp_path).name.endswith("-manylinux_2_17_{0}.manylinux2014_{0}.whl".format(platform.machine()))


def test_bindings_for_another_system_are_in_the_wheel_and_not_in_the_tree(native, tmp_path):
    made = native(headers=True, table=TABLE + 'compiler = "zig"\n')
    made.write("include/demo.h", "struct words { int each[sizeof(long)]; };\n")
    made.cli("cache", "populate", "--platform", "linux/386", "--platform", "linux/amd64", libclang=True)
    made.cli("generate", libclang=True)
    before = made.snapshot()
    wheel = built(made.warm, tmp_path, HEADERKIT_TARGET="linux/386")
    assert made.snapshot() == before
    narrow, here = members(wheel)["demo/_demo_ctypes.py"].decode(), made.read("src/demo/_demo_ctypes.py")
    assert "c_int * 4" in narrow and "c_int * 8" in here


@pytest.mark.parametrize(
    "more, target, fragments",
    [
        ('compiler = "system"\n', "linux/arm64", ["does not compile for `aarch64-linux-gnu`", "zig"]),
        ('compiler = "zig"\n', "x86_64-unknown-freebsd", ["no C headers for `x86_64-freebsd`"]),
        ('compiler = "zig"\n', "linux/amiga", ["`linux/amiga` is not a target"]),
        ('pkg_config = ["zlib"]\n', "linux/arm64", ["the libraries of this system", "PKG_CONFIG_LIBDIR"]),
        ('libraries = ["nowhere"]\n', "linux/arm64", ["linking failed", "nowhere"]),
    ],
)
def test_what_cannot_be_compiled_for_is_said(more, target, fragments, native, tmp_path):
    result = built(native(table=TABLE + more), tmp_path, check=False, HEADERKIT_TARGET=target)
    # The linker's own words start like ours.
    assert_clear(result, *fragments, times=1 + ("linking failed" in fragments))


USING = """\
#include <Python.h>
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <time.h>
double absent(double value);
static _Thread_local int per_thread;
static jmp_buf back;
static void *run(void *value) { per_thread = 1; return value; }
static PyObject *use(PyObject *self, PyObject *args) {
    pthread_t thread;
    if (setjmp(back) == 0 && pthread_create(&thread, NULL, run, NULL) == 0) pthread_join(thread, NULL);
    printf("%d %ld %d\\n", errno, (long)time(NULL), per_thread);
    return PyFloat_FromDouble(pow(CALLED(2.0), 3.5) + (double)((long long)per_thread * 3 / (errno + 1)));
}
static PyMethodDef methods[] = {{"use", use, METH_NOARGS, ""}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_native", "", -1, methods};
PyMODINIT_FUNC PyInit__native(void) { return PyModule_Create(&module); }
"""


@pytest.mark.parametrize("target", ["linux/amd64/musl", "linux/arm64/musl", "linux/386/musl", "linux/amd64"])
def test_what_nothing_defines_is_told_for_every_c_library(target, native, tmp_path):  # noqa: F811
    made = native(table=TABLE.replace("*.c", "_native.c") + 'compiler = "zig"\n')
    made.write("src/demo/_native.c", USING.replace("CALLED", "sqrt"))
    built(made, tmp_path, HEADERKIT_TARGET=target)
    made.write("src/demo/_native.c", USING.replace("CALLED", "absent"))
    result = built(made, tmp_path, check=False, HEADERKIT_TARGET=target)
    assert_clear(result, "uses `absent` (in `use`), which no library that it is linked with defines")


def test_the_first_build_for_windows_says_what_takes_long(native, tmp_path):  # noqa: F811
    """Before it is done, not with what it says at its end."""
    made = native(table=TABLE + 'compiler = "zig"\n')
    said = "headerkit: compiling for x86_64-windows-msvc with zig, which compiles its C library for that system first"
    counts = []
    for value in ("3", "4"):
        made.write("src/demo/scale.c", "long scaled(long value) {{ return {} * value; }}\n".format(value))
        counts.append(built_with_log(made, tmp_path).count(said))
    assert counts == [1, 0]
    assert said not in built_with_log(made, tmp_path, target="linux/arm64")


def built_with_log(made, tmp_path, target="windows/amd64"):
    environment = {"HEADERKIT_BUILD_DIR": str(tmp_path / "objects"), "HEADERKIT_TARGET": target}
    return made.build_wheel(tmp_path / "dist", env=environment).err
