"""Wheels for targets that are not this machine, each the very first build of a fresh clone: they hold the bindings that
the store has for their target, or there is no wheel."""

import shutil
import subprocess

import pytest

from inners import INNERS
from project import DEMO_H, IN_WHEEL, assert_clear, check_record, front_end, members, only, run
from test_bad_input import read_only

# Target: how it is called in the store, and what the platform tag of its wheels ends with.
TARGETS = {
    "linux/arm64": ("aarch64-linux-gnu", "-manylinux_2_17_aarch64.manylinux2014_aarch64.whl"),
    "macos/arm64": ("aarch64-macos", "-macosx_11_0_arm64.whl"),
    "windows/amd64": ("x86_64-windows-msvc", "-win_amd64.whl"),
}
WRITERS = {"_demo_ctypes.py": "ctypes", "_demo_ctypes.pyi": "ctypes-stub", "demo.cdef.txt": "cffi", "demo.json": "json"}
PLATFORMS = [part for target in TARGETS for part in ("--platform", target)]
every_inner = pytest.mark.parametrize("inner", INNERS, ids=str)


@pytest.fixture
def stored(project):
    """A project whose store has the targets, not this machine, and whose tree has no output."""

    def make(inner="hatchling", files=(), **configuration):
        made = project(inner, **configuration)
        # Windows has another `long`.
        made.write("include/demo.h", DEMO_H.replace("#endif", "struct demo_wide { long a; };\n#endif"))
        for path, text in dict(files).items():
            made.write(path, text)
        made.cli("cache", "populate", *PLATFORMS, libclang=True)
        assert not any(made.exists("src/" + name) for name in IN_WHEEL)
        return made

    return make


def of_store(made, target, writer):
    """What the store has for a target."""
    (path,) = made.root.glob(".headerkit/output/{}/*.{}*/output.*".format(writer, TARGETS[target][0]))
    return path.read_bytes()


def check(made, wheel, target, package="demo/", names=tuple(WRITERS)):
    """The wheel is for the target, and has its bindings where they belong."""
    assert wheel.name.endswith(TARGETS[target][1]), wheel.name
    check_record(wheel)
    content = members(wheel)
    for name in names:
        assert package + name in content, sorted(content)
        assert content[package + name] == of_store(made, target, WRITERS[name]), name


def test_the_targets_differ(stored):
    made = stored()
    texts = {of_store(made, target, "json") for target in TARGETS}
    assert len(texts) > 1


@every_inner
def test_every_inner_backend(inner, stored, tmp_path):
    made = stored(inner.name)
    for target in TARGETS:
        result = made.build_wheel(tmp_path / target, env={"HEADERKIT_TARGET": target})
        check(made, result.value, target)
        assert not any(result.tree.exists("src/" + name) for name in IN_WHEEL)


@pytest.mark.parametrize("front", ["pip", "build", "uv"])
@pytest.mark.parametrize("way", ["setting", "variable", "key"])
def test_every_way_to_say_it(front, way, stored, tmp_path):
    made = stored()
    if way == "key":
        made.write("pyproject.toml", made.read("pyproject.toml").replace("[tool.headerkit]", '[tool.headerkit]\ntarget = "linux/arm64"'))
    settings = ["target=linux/arm64"] if way == "setting" else []
    variables = {"HEADERKIT_TARGET": "linux/arm64"} if way == "variable" else {}
    front_end(front, "wheel", made, made.root, tmp_path / "out", settings=settings, **variables)
    check(made, only(tmp_path / "out", "*.whl"), "linux/arm64")


@every_inner
def test_the_command(inner, stored, tmp_path):
    made = stored(inner.name)
    targets = [part for target in TARGETS for part in ("--target", target)]
    made.fresh().cli("wheels", *targets, "--no-isolation", "--out", tmp_path / "dist")
    for target, (_, end) in TARGETS.items():
        check(made, only(tmp_path / "dist", "*" + end), target)


def test_from_the_sdist(stored, tmp_path):
    """The sdist is made here and holds no output; the wheel of it is for another target."""
    made = stored("flit_core")
    sdist = made.build_sdist(tmp_path / "sdist").value
    for front in ("pip", "build", "uv"):
        out = tmp_path / front
        if front == "build":
            front_end(front, "sdist+wheel", made, made.root, out, HEADERKIT_TARGET="windows/amd64")
        else:
            front_end(front, "wheel", made, sdist, out, HEADERKIT_TARGET="windows/amd64")
        check(made, only(out, "*.whl"), "windows/amd64")


def test_a_tree_with_outputs_of_this_machine(stored, tmp_path):
    """What the inner backend finds and packs is replaced."""
    made = stored("setuptools")
    made.write(".gitignore", "")
    made.cli("generate", libclang=True)
    result = made.build_wheel(tmp_path / "out", env={"HEADERKIT_TARGET": "windows/amd64"})
    assert result.tree.read("src/demo/demo.json") == made.read("src/demo/demo.json")
    check(made, result.value, "windows/amd64")


def test_a_directory_that_the_tree_lacks(stored, tmp_path):
    made = stored(headerkit=CONFIGURED.format("src/demo/gen/deep/_demo_ctypes.py"))
    wheel = made.build_wheel(tmp_path / "out", env={"HEADERKIT_TARGET": "linux/arm64"}).value
    check(made, wheel, "linux/arm64", "demo/gen/deep/", ["_demo_ctypes.py", "_demo_ctypes.pyi"])


CONFIGURED = """\
[tool.headerkit]
include_dirs = ["include"]
[tool.headerkit.headers."include/demo.h"]
[tool.headerkit.output]
ctypes = "{}"
"""
PLACED = CONFIGURED.format("gen/demo.py") + '[tool.headerkit.wheel]\nfiles = {"gen/demo.py" = "demo/_bound.py"}\n'


@pytest.mark.parametrize("target", [None, "linux/arm64"])
def test_a_placed_module_has_its_stub_beside_it(target, stored, tmp_path):
    made = stored(headerkit=PLACED)
    made.cli("generate", "--no-cache", libclang=True)
    shutil.rmtree(made.root / "gen")
    variables = {"HEADERKIT_TARGET": target} if target else {}
    result = made.build_wheel(tmp_path / "out", libclang=not target, env=variables)
    content = members(result.value)
    assert {"demo/_bound.py", "demo/_bound.pyi"} <= set(content), sorted(content)
    assert "in no directory that the wheel ships" not in result.text
    if target:
        assert content["demo/_bound.py"] == of_store(made, target, "ctypes")
        assert content["demo/_bound.pyi"] == of_store(made, target, "ctypes-stub")


def test_a_version_that_the_build_writes(stored, tmp_path):
    """The only file of the package is another one in the wheel."""
    backend = """\
import pathlib
from flit_core.buildapi import *
from flit_core.buildapi import build_wheel as plain
def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    path = pathlib.Path("src/demo/__init__.py")
    before = path.read_text()
    path.write_text(before + "__version__ = '1.0.0'\\n")
    try:
        return plain(wheel_directory, config_settings, metadata_directory)
    finally:
        path.write_text(before)
"""
    made = stored("flit_core", files={"backend.py": backend})
    made.configure(build_system='backend-path = ["."]')
    made.write("pyproject.toml", made.read("pyproject.toml").replace("[tool.headerkit]", '[tool.headerkit]\ninner_backend = "backend"\nbackend_path = ["."]'))
    wheel = made.build_wheel(tmp_path / "out", env={"HEADERKIT_TARGET": "linux/arm64"}).value
    assert b"__version__" in members(wheel)["demo/__init__.py"]
    check(made, wheel, "linux/arm64")


def test_what_cannot_be_placed_is_an_error(stored, tmp_path):
    """Nothing tells whether a wheel made by the inner backend, had it seen the module, would have it."""
    made = stored(headerkit=CONFIGURED.format("src/bound/demo.py"))
    result = made.build_wheel(tmp_path / "out", env={"HEADERKIT_TARGET": "linux/arm64"}, check=False)
    assert_clear(result, "src/bound/demo.py", "src/bound", 'files = {"src/bound/demo.py" = "demo/demo.py"}')
    assert not list((tmp_path / "out").iterdir())
    made.write("pyproject.toml", made.read("pyproject.toml") + '[tool.headerkit.wheel]\nfiles = {"src/bound/demo.py" = "bound/demo.py"}\n')
    wheel = made.build_wheel(tmp_path / "out", env={"HEADERKIT_TARGET": "linux/arm64"}).value
    assert members(wheel)["bound/demo.py"] == of_store(made, "linux/arm64", "ctypes")


READ_BY_SCRIPTS = """\
[tool.headerkit]
include_dirs = ["include"]
[tool.headerkit.headers."include/demo.h"]
[tool.headerkit.output]
ctypes = "src/demo/_demo_ctypes.py"
json = "scripts/demo.json"
"""
NOT_SHIPPED = "output `scripts/demo.json` is in no directory that the wheel ships"


@pytest.mark.parametrize("front", ["pip", "build", "uv", "wheels"])
@pytest.mark.parametrize("target", ["linux/amd64", "linux/arm64"])
def test_what_no_shipped_directory_holds_is_a_warning(front, target, stored, tmp_path):
    made = stored(headerkit=READ_BY_SCRIPTS)
    made.cli("cache", "populate", "--platform", "linux/amd64", libclang=True)
    if front == "wheels":
        result = made.fresh().cli("wheels", "--target", target, "--no-isolation", "--out", tmp_path / "dist")
        text = result.err
        assert text.count("{}: warning: headerkit: {}".format(target, NOT_SHIPPED)) == 1, text
        shown = made.fresh().cli("wheels", "--target", target, "--no-isolation", "--json", "--out", tmp_path / "dist")
        assert NOT_SHIPPED in shown.out
    else:
        # pip shows nothing that hooks say, but for errors, unless it is asked.
        more = {"PIP_VERBOSE": "1"} if front == "pip" else {}
        result = front_end(front, "wheel", made, made.root, tmp_path / "dist", HEADERKIT_TARGET=target, **more)
        assert NOT_SHIPPED in result.text, result
    names = [name for name in members(only(tmp_path / "dist", "*.whl")) if ".dist-info/" not in name]
    assert sorted(names) == ["demo/__init__.py", "demo/_demo_ctypes.py", "demo/_demo_ctypes.pyi"]


def test_the_command_shows_what_a_wheel_needs(project, tmp_path):
    made = project(headerkit='[[tool.headerkit.extensions]]\nname = "demo._native"\nsources = ["m.c"]\nlibrary_dirs = ["lib"]\nlibraries = ["own"]\n')
    made.write("m.c", "#include <Python.h>\nint own(void);\nPyMODINIT_FUNC PyInit__native(void) { return own() ? NULL : NULL; }\n")
    made.write("own.c", "int own(void) { return 1; }\n")
    (made.root / "lib").mkdir()
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", "lib/libown.so", "-Wl,-soname,libown.so.1", "own.c"], cwd=made.root, check=True)
    result = made.fresh().cli("wheels", "--target", "linux/amd64", "--no-isolation", "--out", tmp_path / "dist")
    assert "linux/amd64: warning: headerkit: the wheel needs libown.so.1" in result.err


@pytest.mark.parametrize("kind", ["module", "package data"])
def test_a_module_of_this_machine_is_in_no_wheel_for_another(kind, stored, tmp_path):
    """The inner backend compiled for the machine that it runs on, whatever we were asked."""
    made = stored("setuptools" if kind == "module" else "hatchling")
    if kind == "module":
        made.write("m.c", "#include <Python.h>\nPyMODINIT_FUNC PyInit__m(void) { puts(\"m\"); return NULL; }\n")
        made.write("setup.py", 'from setuptools import Extension, setup\nsetup(ext_modules=[Extension("demo._m", ["m.c"])])\n')
    else:
        shutil.copy("/lib/x86_64-linux-gnu/libm.so.6", made.root / "src/demo/libm.so")
    for target, triple in (("linux/arm64", "aarch64-linux-gnu"), ("linux/amd64/musl", "x86_64-linux-musl")):
        result = made.build_wheel(tmp_path / "out", libclang=True, env={"HEADERKIT_TARGET": target}, check=False)
        assert_clear(result, "demo/_m.cpython" if kind == "module" else "demo/libm.so", triple)
    assert not list((tmp_path / "out").glob("*.whl"))
    made.build_wheel(tmp_path / "out", libclang=True)


def test_a_source_tree_that_cannot_be_written(project, tmp_path):
    """The store has everything: the wheel is completed from memory."""
    made = project("flit_core")
    made.populate()
    clone = made.fresh()
    with read_only(clone.root):
        result = clone.build_wheel(tmp_path / "out")
        again = clone.hook("get_requires_for_build_wheel")
    assert set(IN_WHEEL) < set(members(result.value))
    assert result.err.count("the source tree cannot be written to: outputs such as") == 1
    assert again.value == []
    assert not any(clone.exists("src/" + name) for name in IN_WHEEL)


BOTH = ["linux/amd64", "linux/arm64"]


@pytest.mark.parametrize("target", BOTH)
@pytest.mark.parametrize(
    "path, said",
    [
        ("demo/_x.py", ("no place in the wheel is certain for output `demo/_x.py`", "is `demo`, made of `src/demo`", '"src/demo/_x.py"')),
        ("src/Demo/_x.py", ("no place in the wheel is certain for output `src/Demo/_x.py`", "is `demo`, made of `src/demo`", '"src/demo/_x.py"')),
        ("gen/_x.py", ("no place in the wheel is certain for output `gen/_x.py`", "is `demo`, made of `src/demo`")),
    ],
)
def test_a_module_beside_the_shipped_package_is_an_error(path, said, target, stored, tmp_path):
    """For every target alike, and with the place that is nearest."""
    made = stored(headerkit=CONFIGURED.format(path))
    made.cli("cache", "populate", "--platform", "linux/amd64", libclang=True)
    result = made.build_wheel(tmp_path / "out", env={"HEADERKIT_TARGET": target}, check=False)
    assert_clear(result, *said)
    assert not list((tmp_path / "out").glob("*.whl"))
    # Who wants it outside says so.
    made.write("pyproject.toml", made.read("pyproject.toml") + '[tool.headerkit.wheel]\nfiles = {{"{}" = ""}}\n'.format(path))
    result = made.build_wheel(tmp_path / "out", env={"HEADERKIT_TARGET": target})
    assert not any("_x.py" in name for name in members(result.value))
    assert "warning" not in result.err


@pytest.mark.parametrize("target", BOTH)
def test_a_package_that_the_inner_backend_leaves_out_is_a_warning(target, stored, tmp_path):
    """One for the module and its stub, which names the nearest directory and only keys that there are."""
    made = stored(headerkit=CONFIGURED.format("src/other/_x.py"), files={"src/other/__init__.py": "other = 1\n"})
    made.cli("cache", "populate", "--platform", "linux/amd64", libclang=True)
    result = made.build_wheel(tmp_path / "out", env={"HEADERKIT_TARGET": target})
    said = [line for line in result.err.splitlines() if "in no directory that the wheel ships" in line]
    assert len(said) == 1, result
    assert "output `src/other/_x.py`" in said[0] and "`demo`, made of `src/demo`" in said[0]
    assert 'ctypes = "src/demo/_x.py"' in said[0] and "ctypes-stub" not in result.text


def test_check_tells_of_a_module_beside_the_package(stored):
    """What can be known without building."""
    made = stored(headerkit=CONFIGURED.format("Demo/_x.py"))
    made.populate()
    said = "output `Demo/_x.py` lies in no package, so wheels may lack it; did you mean `src/demo/_x.py`?"
    assert made.cli("check").err.count(said) == 1
    assert made.cli("doctor", check=False).out.count(said) == 1
    made.write("pyproject.toml", made.read("pyproject.toml").replace("Demo/_x.py", "src/demo/gen/_x.py"))
    made.populate()
    assert "lies in no package" not in made.cli("check").err


@pytest.mark.parametrize("way", ["setting", "variable", "key"])
def test_an_editable_install_is_for_this_machine(way, stored, tools, tmp_path):
    """One for another system would hold nothing that can be used here."""

    def install(made, target, check):
        command = [tools.python, "-m", "pip", "install", "--no-deps", "--no-build-isolation", "--target", tmp_path / "to"]
        command += ["-C", "target=" + target] if way == "setting" else []
        variables = {"HEADERKIT_TARGET": target} if way == "variable" else {}
        tree = made.fresh().root
        return run(*command, "-e", tree, cwd=tmp_path, env=tools.environment(True, **variables), check=check)

    made = stored()
    own = made.read("pyproject.toml")
    for target, check in (("windows/amd64", False), ("x86_64-unknown-linux-gnu.2.28", True)):
        if way == "key":
            made.write("pyproject.toml", own.replace("[tool.headerkit]", '[tool.headerkit]\ntarget = "{}"'.format(target)))
        result = install(made, target, check)
        said = "an editable install is for this machine, x86_64-linux-gnu, and cannot be for x86_64-windows-msvc"
        assert (result.code == 0) == check and (said in result.text) != check, result
        if not check:
            assert "`headerkit-backend wheels --target x86_64-windows-msvc` builds a wheel for it" in result.text
