"""Static libraries of a project: compiled once, linked into the modules that name them, and what is wrong said."""

import zipfile

import pytest

from project import Project, assert_clear, members, unpack
from test_extensions import MODULE_C, SCALE_C, SCALE_H, built, imported, native  # noqa: F401 (a fixture)

LIBRARY = """\
[[tool.headerkit.extensions]]
name = "scale"
kind = "static-library"
sources = ["vendor/*.c"]
include_dirs = ["native"]
"""
MODULE = """\
[[tool.headerkit.extensions]]
name = "demo._native"
sources = ["src/demo/_native.c"]
include_dirs = ["native"]
libraries = ["scale"]
"""
OTHER_C = MODULE_C.replace("_native", "_other").replace("scaled(value)", "scaled(scaled(value))")
OTHER = MODULE.replace("_native", "_other")
SCALE = "import demo._native as m; print(m.scale(14))"


@pytest.fixture
def vendored(native):  # noqa: F811
    """A project that carries the library of its module."""

    def make(*arguments, table=LIBRARY + MODULE, **options):
        made = native(*arguments, table=table, **options)
        (made.root / "src/demo/scale.c").unlink()
        made.write("vendor/scale.c", SCALE_C)
        # What nothing uses is left out of the module, as linkers do with libraries: this would not link.
        made.write("vendor/unused.c", "int missing_everywhere(void);\nint unused(void) { return missing_everywhere(); }\n")
        return made

    return make


@pytest.fixture
def logged(tmp_path):
    """A launcher, and what it says was compiled since one asked last."""
    log = tmp_path / "log"
    launcher = tmp_path / "launcher"
    launcher.write_text('#!/bin/sh\nfor last; do case "$last" in *.c) echo "$last" >> "{}";; esac; done\nexec "$@"\n'.format(log))
    launcher.chmod(0o755)

    def compiled():
        names = log.read_text().split() if log.exists() else []
        log.unlink(missing_ok=True)
        return sorted(names)

    return str(launcher), compiled


@pytest.mark.parametrize("inner", ["hatchling", "flit_core", "setuptools"])
def test_a_module_is_linked_with_a_library_of_the_project(inner, vendored, tmp_path, new_venv):
    wheel = built(vendored(inner), tmp_path)
    assert imported(wheel, new_venv, SCALE) == "42"
    with zipfile.ZipFile(wheel) as archive:
        assert not [name for name in archive.namelist() if name.endswith((".c", ".a", ".o", ".h"))]


def test_modules_share_a_library_that_is_built_when_it_changes(vendored, logged, tmp_path, new_venv):
    launcher, compiled = logged
    made = vendored(table=MODULE + LIBRARY + OTHER).warm
    made.write("src/demo/_other.c", OTHER_C)

    def build():
        return built(made, tmp_path, HEADERKIT_LAUNCHER=launcher)

    def modules(wheel):
        return [content for name, content in members(wheel).items() if name.endswith(".so")]

    first = build()
    linked, everything = modules(first), first.read_bytes()
    assert compiled() == ["src/demo/_native.c", "src/demo/_other.c", "vendor/scale.c", "vendor/unused.c"]
    assert build().read_bytes() == everything and compiled() == []
    made.write("vendor/scale.c", SCALE_C + "/* changed */\n")
    assert modules(build()) == linked and compiled() == ["vendor/scale.c"]
    made.write("vendor/scale.c", SCALE_C.replace("FACTOR", "4"))
    code = "import demo._native as m, demo._other as o; print(m.scale(2), o.scale(2))"
    assert imported(build(), new_venv, code) == "8 32" and compiled() == ["vendor/scale.c"]
    made.write("native/scale.h", SCALE_H + "/* changed */\n")
    build()
    assert compiled() == ["src/demo/_native.c", "src/demo/_other.c", "vendor/scale.c"]
    (made.root / "vendor/unused.c").unlink()
    build()
    assert compiled() == []
    (archive,) = (tmp_path / "objects").rglob("libscale.a")
    assert b"unused" not in archive.read_bytes()


CHAIN = """\
[[tool.headerkit.extensions]]
name = "power"
kind = "static-library"
sources = ["power/power.c"]
libraries = ["m"]
[[tool.headerkit.extensions]]
name = "scale"
kind = "static-library"
sources = ["vendor/scale.cpp"]
include_dirs = ["native"]
libraries = ["power"]
"""


@pytest.mark.parametrize("order", ['["scale"]', '["power", "scale"]', '["scale", "power"]'])
def test_libraries_bring_what_they_use(order, vendored, tmp_path, new_venv):
    made = vendored(table=CHAIN + MODULE.replace('["scale"]', order))
    made.write("power/power.c", "#include <math.h>\ndouble power(double a, double b) { return pow(a, b); }\n")
    code = '#include <vector>\nextern "C" double power(double, double);\nextern "C" long scaled(long value)\n'
    made.write("vendor/scale.cpp", code + "{ std::vector<long> all(value, 1); return power(all.size(), 2); }\n")
    wheel = built(made, tmp_path)
    assert imported(wheel, new_venv, "import demo._native as m; print(m.scale(9))") == "81"


def test_zig_makes_libraries_too(vendored, tmp_path, new_venv):
    nothing = tmp_path / "empty"
    nothing.mkdir()
    made = vendored(table=LIBRARY + MODULE + 'compiler = "zig"\n')
    wheel = built(made, tmp_path, PATH=str(nothing), HOME=str(tmp_path))
    assert wheel.name.endswith("-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"), wheel.name
    assert imported(wheel, new_venv, SCALE) == "42"


def test_the_sdist_has_the_sources_of_libraries(vendored, tmp_path):
    made = vendored("flit_core")
    direct = built(made, tmp_path).read_bytes()
    sdist = made.build_sdist(tmp_path / "sdist").value
    unpacked = Project(unpack(sdist, tmp_path / "unpacked"), made.tools, made.inner)
    assert built(unpacked, tmp_path / "from").read_bytes() == direct


@pytest.mark.parametrize(
    "table, words",
    [
        (LIBRARY, ["no module links the static library `scale`", "`libraries`"]),
        (LIBRARY + LIBRARY + MODULE, ["two static libraries called `scale`"]),
        (LIBRARY.replace('"scale"', '"../scale"') + MODULE, ["`../scale` cannot be the name of a static library"]),
        (LIBRARY.replace("static-", "shared-") + MODULE, ["there is no kind `shared-library`", "`static-library`"]),
        (LIBRARY + 'limited_api = "3.9"\n' + MODULE, ["`scale` cannot have `limited_api`", "modules that link it"]),
        (LIBRARY + 'libraries = ["scale"]\n' + MODULE, ["`scale` links itself", "circle"]),
        (LIBRARY.replace("*.c", "*.cc") + MODULE, ["`vendor/*.cc` matches no file"]),
    ],
)
def test_what_is_wrong_with_a_library_is_said(table, words, vendored, tmp_path):
    result = built(vendored(table=table), tmp_path, check=False)
    assert_clear(result, "pyproject.toml:", *words)


def test_a_library_that_cannot_be_made_says_why(vendored, tmp_path):
    made = vendored()
    result = built(made, tmp_path, check=False, AR="no-archiver-here")
    assert_clear(result, "scale", "no-archiver-here")
    result = built(made, tmp_path, check=False, AR="false", HEADERKIT_LOG="debug")
    assert_clear(result, "making the library failed", "the command was: false rcs")
    made.write("vendor/scale.c", "nonsense here;\n")
    assert_clear(built(made, tmp_path, check=False), "`scale`: compiling `vendor/scale.c` failed", "vendor/scale.c:1")
    assert not list((tmp_path / "dist").iterdir())
