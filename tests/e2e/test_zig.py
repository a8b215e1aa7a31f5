"""Extension modules in Zig: compiled, imported, rebuilt when what they import changes."""

import os
import re
import shutil
import zipfile
from pathlib import Path

import pytest

from project import Project, assert_clear, run, unpack
from test_extensions import CP, SCALE_C, TABLE, built, imported, native  # noqa: F401 (a fixture)

# An exported function has C's calling convention, whose name differs between releases of zig.
ROOT = """\
const py = @import("python");
const factor = @import("parts/factor.zig");

export fn demo_scale(_: ?*py.PyObject, argument: ?*py.PyObject) ?*py.PyObject {
    const value = py.PyLong_AsLong(argument);
    if (value == -1 and py.PyErr_Occurred() != null) return null;
    return py.PyLong_FromLong(value * factor.factor);
}

var methods = [_]py.PyMethodDef{
    .{ .ml_name = "scale", .ml_meth = demo_scale, .ml_flags = py.METH_O, .ml_doc = "Scales." },
    .{},
};
var definition = py.PyModuleDef{ .m_name = "_native", .m_size = 0, .m_methods = &methods };

export fn PyInit__native() ?*py.PyObject {
    return py.PyModuleDef_Init(&definition);
}
"""
FACTOR = "pub const factor: c_long = 3;\n"
ZIG = TABLE.replace("*.c", "_native.zig").replace('include_dirs = ["native"]\n', "")
SCALE = "import demo._native as m; print(m.scale(14))"


@pytest.fixture
def zig(native):  # noqa: F811
    def make(*arguments, table=ZIG, **options):
        made = native(*arguments, table=table, **options)
        for name in ("_native.c", "scale.c"):
            (made.root / "src/demo" / name).unlink()
        made.write("src/demo/_native.zig", ROOT)
        made.write("src/demo/parts/factor.zig", FACTOR)
        return made

    return make


@pytest.mark.parametrize("limited", [False, True])
def test_a_module_in_zig_needs_nothing_but_zig(limited, zig, tmp_path, new_venv):
    made = zig(table=ZIG + ('limited_api = "3.9"\n' if limited else ""))
    assert "ziglang>=0.12" in made.hook("get_requires_for_build_wheel").value
    nothing = tmp_path / "empty"
    nothing.mkdir()
    wheel = built(made, tmp_path, PATH=str(nothing), HOME=str(tmp_path))
    tag = "cp39-abi3" if limited else "{0}-{0}".format(CP)
    assert wheel.name.endswith(tag + "-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"), wheel.name
    assert imported(wheel, new_venv, SCALE) == "42"
    with zipfile.ZipFile(wheel) as archive:
        assert not [name for name in archive.namelist() if name.endswith(".zig")]


def test_what_is_imported_is_looked_at(zig, tmp_path, new_venv):
    made = zig().warm

    def build():
        wheel = built(made, tmp_path)
        written = (tmp_path / "objects").rglob("*")
        return wheel, {path.suffix: path.stat().st_mtime_ns for path in written if path.suffix in (".zig", ".o", ".so")}

    first, before = build()
    content = first.read_bytes()
    again, after = build()
    assert set(before) == {".zig", ".o", ".so"} and after == before and again.read_bytes() == content
    made.write("src/demo/parts/factor.zig", FACTOR.replace("3", "5"))
    wheel, after = build()
    assert {suffix for suffix in before if before[suffix] != after[suffix]} == {".o", ".so"}
    assert imported(wheel, new_venv, SCALE) == "70"


def test_zig_and_c_are_linked_into_one_module(zig, tmp_path, new_venv):
    made = zig(table=TABLE.replace('"src/demo/*.c"', '"src/demo/_native.zig", "src/demo/scale.c"'))
    made.write("src/demo/scale.c", SCALE_C)
    code = ROOT.replace("value * factor.factor", "scaled(value)")
    made.write("src/demo/_native.zig", code + "extern fn scaled(c_long) c_long;\n")
    assert imported(built(made, tmp_path), new_venv, SCALE) == "42"


def test_the_sdist_has_what_zig_imports(zig, tmp_path):
    made = zig("flit_core")
    direct = built(made, tmp_path).read_bytes()
    sdist = made.build_sdist(tmp_path / "sdist").value
    unpacked = Project(unpack(sdist, tmp_path / "unpacked"), made.tools, made.inner)
    assert unpacked.exists("src/demo/parts/factor.zig")
    assert built(unpacked, tmp_path / "from").read_bytes() == direct


def test_what_zig_says_is_shown(zig, tmp_path):
    made = zig()
    made.write("src/demo/parts/factor.zig", "pub const factor: c_long = nothing;\n")
    result = built(made, tmp_path, check=False)
    assert_clear(result, "compiling `src/demo/_native.zig` failed", "factor.zig:1:", "use of undeclared identifier 'nothing'")
    made.configure(headerkit=ZIG + 'compiler = "system"\n')
    assert_clear(built(made, tmp_path, check=False), '`compiler = "system"` cannot compile Zig', 'set `compiler = "zig"`')


def test_zig_does_not_compile_for_this_processor_only(zig, tmp_path):
    """Also where it links libraries of this system: another processor may lack what this one has."""
    made = zig(table=TABLE + 'compiler = "zig"\nlibraries = ["m"]\ncflags = ["-O3"]\n')
    (made.root / "src/demo/_native.zig").unlink()
    loop = "void spread(float *a, const float *b, int n) { for (int i = 0; i < n; i++) a[i] = a[i] * b[i] + 1; }\n"
    made.write("src/demo/scale.c", SCALE_C + loop)
    made.write("src/demo/_native.c", '#include <Python.h>\nvoid *use(void) { void spread(); return spread; }\nPyMODINIT_FUNC PyInit__native(void) { return use(); }\n')
    built(made, tmp_path)
    (shared,) = (tmp_path / "objects").rglob("_native.*.so")
    assert not re.search(r"%[yz]mm|vfmadd", run("objdump", "-d", shared).out)


def others():
    """Releases of zig in the folders that HEADERKIT_TEST_ZIGS names, separated as in PATH."""
    return [folder for folder in os.environ.get("HEADERKIT_TEST_ZIGS", "").split(os.pathsep) if folder]


@pytest.mark.parametrize("folder", others() or ["none"])
def test_other_releases_of_zig_do(folder, zig, tmp_path, new_venv):
    program = shutil.which("zig", path=folder)
    if not program:
        pytest.skip("HEADERKIT_TEST_ZIGS names no folder with a zig")
    wheel = built(zig(), tmp_path, HEADERKIT_ZIG=str(Path(program)))
    assert imported(wheel, new_venv, SCALE) == "42"
