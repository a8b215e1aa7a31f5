"""The lists of an extension: what targets add to them, what `!` takes out of sources; and where the modules are listed."""

import sys
import tarfile
import zipfile

import pytest

from project import assert_clear
from test_extensions import CFFI, MODULE_C, SCALE_C, TABLE, built, imported, native, wrapped  # noqa: F401

SYSTEM = {"darwin": "macos", "win32": "windows"}.get(sys.platform, "linux")
FACTOR = "import demo._native as m; print(m.scale(7))"


@pytest.mark.parametrize(
    "words, result",
    [
        ({SYSTEM: 5}, "35"),
        ({"wasi": 5}, "21"),
        ({"wasi": 5, SYSTEM: 2}, "14"),
        ({"amd64": 4, "arm64": 4}, "28"),
        ({"linux/amd64": 6, "linux/arm64": 6, "macos/arm64": 6, "windows/amd64": 6}, "42"),
        ({"linux/amd64/musl": 6}, "21"),
    ],
)
def test_what_a_target_adds_counts_for_that_target(words, result, native, tmp_path, new_venv):  # noqa: F811
    table = TABLE + "".join('on."{}".defines = ["FACTOR={}"]\n'.format(*word) for word in words.items())
    assert imported(built(native(table=table), tmp_path), new_venv, FACTOR) == result


def test_the_version_of_the_project_is_a_define(native, tmp_path, new_venv):  # noqa: F811
    made = native(table=TABLE + """defines = ['FACTOR=(sizeof("${project.version}"))']\n""")
    assert imported(built(made, tmp_path), new_venv, FACTOR) == str(7 * len("1.0.0\0"))
    made.write("pyproject.toml", made.read("pyproject.toml").replace('version = "1.0.0"', 'dynamic = ["version"]'))
    assert_clear(built(made, tmp_path, check=False), "pyproject.toml:", "[project] states none", "${VERSION}")


def test_sources_of_other_targets_are_in_the_sdist_alone(native, tmp_path, new_venv):  # noqa: F811
    made = native(table=TABLE + 'on.wasi.sources = ["src/demo/wasi/*.c"]\non.{}.sources = ["native/here.c"]\n'.format(SYSTEM))
    made.write("src/demo/wasi/other.c", "#error This is not for here.\n")
    made.write("src/demo/scale.c", "")
    made.write("native/here.c", SCALE_C)
    wheel = built(made, tmp_path)
    assert imported(wheel, new_venv, FACTOR) == "21"
    with zipfile.ZipFile(wheel) as archive:
        assert not [name for name in archive.namelist() if name.endswith(".c")]
    with tarfile.open(made.build_sdist(tmp_path / "sdist").value) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if name.endswith(".c")}
    assert names == {"src/demo/_native.c", "src/demo/scale.c", "src/demo/wasi/other.c", "native/here.c"}


def test_sources_are_left_out_by_name_and_by_pattern(native, tmp_path, new_venv):  # noqa: F811
    made = native(table=TABLE.replace('"src/demo/*.c"', '"src/demo/*.c", "!src/demo/main.c", "!src/**/*_test.c"'))
    made.write("src/demo/main.c", "#error This is a program.\n")
    made.write("src/demo/scale_test.c", "#error This is a test.\n")
    assert imported(built(made, tmp_path), new_venv, FACTOR) == "21"


def test_a_library_of_the_project_may_be_for_one_target(native, tmp_path, new_venv):  # noqa: F811
    library = '[[tool.headerkit.extensions]]\nname = "{0}"\nkind = "static-library"\nsources = ["{0}/*.c"]\ninclude_dirs = ["native"]\n'
    table = TABLE.replace("*.c", "_native.c") + 'on.wasi.libraries = ["other"]\non.{}.libraries = ["here"]\n'.format(SYSTEM)
    made = native(table=library.format("other") + library.format("here") + table)
    made.write("other/a.c", "#error This is not for here.\n")
    made.write("here/a.c", SCALE_C)
    assert imported(built(made, tmp_path), new_venv, FACTOR) == "21"


@pytest.mark.parametrize(
    "table, words",
    [
        ('on.windoze = {libraries = ["ws2_32"]}\n', ["extension `demo._native`", "`windoze` of `on` means no target", "`windows`"]),
        ("on.linux = {limited_api = '3.9'}\n", ["unknown key `limited_api` in [tool.headerkit.extensions.on.linux]", "valid keys"]),
        ("on.linux = {libraries = 'm'}\n", ["libraries", "list"]),
    ],
)
def test_what_is_wrong_with_such_a_table_is_said(table, words, native, tmp_path):  # noqa: F811
    assert_clear(built(native(table=TABLE + table), tmp_path, check=False), *words)


def test_the_text_that_a_module_was_made_from_is_in_the_wheel_on_request(wrapped, tmp_path):  # noqa: F811
    settings = CFFI.replace("include/lib.h", "src/demo/lib.h").replace("lib.h\"'", "demo/lib.h\"'").replace('["include"]', '["src"]')
    names = {}
    for output in ("", '[tool.headerkit.output]\ncffi = "src/demo/{stem}.cdef.txt"\n'):
        made = wrapped(settings=output + settings, populate=False)
        made.write("src/demo/lib.h", made.read("include/lib.h"))
        made.write("vendor/lib.c", made.read("vendor/lib.c").replace('"lib.h"', '"demo/lib.h"'))
        made.populate()
        with zipfile.ZipFile(built(made, tmp_path)) as archive:
            names[output != ""] = [name for name in archive.namelist() if "cdef" in name]
        assert made.exists("src/demo/lib.cdef.txt")
    assert names == {False: [], True: ["demo/lib.cdef.txt"]}


def test_a_module_in_no_package_is_listed_as_importable(native, tmp_path, new_venv):  # noqa: F811
    made = native("setuptools", TABLE.replace("demo._native", "demonative"))
    made.write("src/demo/_native.c", MODULE_C.replace("_native", "demonative"))
    code = "import importlib.metadata as m, demonative; names = m.packages_distributions(); print(demonative.scale(1), names['demonative'], names['demo'])"
    assert imported(built(made, tmp_path), new_venv, code) == "3 ['demo'] ['demo']"


def test_an_optional_module_is_left_out_where_it_cannot_be_built(native, tmp_path, new_venv):  # noqa: F811
    made = native(table=TABLE + "optional = true\n")
    built_one = built(made, tmp_path)
    assert "manylinux" in built_one.name and imported(built_one, new_venv, FACTOR) == "21"
    made.write("src/demo/scale.c", "#error No luck on this machine.\n")
    result = built(made, tmp_path, check=False)
    assert result.code == 0, str(result)
    for words in ("`demo._native`, which is optional, is not built", "src/demo/scale.c", "No luck on this machine"):
        assert words in result.err, str(result)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    assert wheel.name.endswith("-none-any.whl")
    assert imported(wheel, new_venv, "import demo; print(demo.__name__)", "other") == "demo"
