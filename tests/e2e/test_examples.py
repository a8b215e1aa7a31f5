"""The example projects: built from what is committed, without libclang; what comes out is sound and works."""

import json
import os
import shutil
import sys
import sysconfig
from pathlib import Path

import pytest

from project import Project, check_record, members, run
from test_extensions import built, imported
from test_sbom import document, files, libraries, tools_of

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
ALL = sorted(path.parent.name for path in EXAMPLES.glob("*/pyproject.toml"))
LEFT_BY_BUILDS = shutil.ignore_patterns("__pycache__", "*.so", "*.cdef.txt", "build", "*.egg-info")
# What CMake or setuptools compile is theirs to tag.
TAGS = {
    "adder-zig": "cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64",
    "ring-cffi": "cp39-abi3-manylinux",
    "words-cpp": "cp39-abi3-manylinux",
    "zlib-ctypes": "py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64",
    "libc-cffi": "py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64",
}


@pytest.fixture
def example(tools, tmp_path):
    def make(name):
        shutil.copytree(EXAMPLES / name, tmp_path / name, ignore=LEFT_BY_BUILDS)
        return Project(tmp_path / name, tools, None)

    return make


def demo(name):
    return (EXAMPLES / name / "demo.py").read_text()


def sbom_of(wheel):
    (place,) = (name for name in members(wheel) if ".dist-info/sboms/" in name)
    return document(wheel, place)


@pytest.mark.parametrize("name", ALL)
def test_an_example_is_built_and_works(name, example, tmp_path, new_venv):
    wheel = built(example(name), tmp_path)
    assert "-1.0.0-" + TAGS.get(name, "cp") in wheel.name
    imported(wheel, new_venv, demo(name))
    run(sys.executable, "-m", "twine", "check", "--strict", wheel)
    run(sys.executable, "-m", "check_wheel_contents", wheel)
    sbom = sbom_of(wheel)
    assert sbom["metadata"]["component"]["name"] == name
    headers = {path.name for path in (EXAMPLES / name).rglob("*.h")}
    if (EXAMPLES / name / ".headerkit").is_dir():
        assert {Path(header).name for header in files(sbom["components"])} == headers
    if "-abi3-" in wheel.name:
        said = json.loads(run(sys.executable, "-m", "abi3audit", "--report", "--strict", wheel).out)
        (results,) = said["specs"].values()
        modules = results["wheel"]
        assert modules and not any(module["result"]["non_abi3_symbols"] for module in modules), said


# Target: how stores call it, the end of wheels' names, and how its modules begin.
OTHERS = {
    "linux/arm64": ("aarch64-linux-gnu", "_aarch64.manylinux2014_aarch64.whl", b"\x7fELF"),
    "macos/arm64": ("aarch64-macos", "_arm64.whl", b"\xcf\xfa\xed\xfe"),
    "windows/amd64": ("x86_64-windows-msvc", "-win_amd64.whl", b"MZ"),
}
# Bindings that lie in the wheel as they are, by writer.
BINDINGS = {
    "zlib-ctypes": {"ctypes": "zlib_ctypes/_zlib.py", "ctypes-stub": "zlib_ctypes/_zlib.pyi"},
    "libc-cffi": {"cffi": "libc_cffi/libc.cdef.txt"},
}
# What CMake and setuptools compile is for the machine that they run on.
HERE_ONLY = {"geometry", "tally-cmake"}


# The library of C++ takes zig a minute for each target.
PAIRS = [(name, target) for name in ALL for target in OTHERS if name != "words-cpp" or target == "linux/arm64"]


@pytest.mark.parametrize("name, target", PAIRS)
def test_the_first_build_of_a_clone_is_for_another_target(name, target, example, tmp_path):
    """Nothing was built there before, and there is no libclang: what the wheel holds is what the store has."""
    made = example(name)
    triple, end, magic = OTHERS[target]
    environment = {"HEADERKIT_TARGET": target, "HEADERKIT_BUILD_DIR": str(tmp_path / "objects")}
    result = made.build_wheel(tmp_path / "dist", env=environment, check=name not in HERE_ONLY)
    if name in HERE_ONLY:
        # What setuptools says of the missing declarations is shown as it is.
        said = "build the wheel on that target" if name == "geometry" else "put into the wheel, is not for " + triple
        assert result.code == 1 and said in result.err, str(result)
        assert not list((tmp_path / "dist").glob("*.whl"))
        return
    assert result.value.name.endswith(end), result.value.name
    check_record(result.value)
    content = members(result.value)
    for writer, place in BINDINGS.get(name, {}).items():
        (stored,) = made.root.glob(".headerkit/output/{}/*.{}/output.*".format(writer, triple))
        assert content[place] == stored.read_bytes()
    modules = [path for path in content if path.endswith((".so", ".pyd"))]
    assert bool(modules) != (name in BINDINGS)
    assert all(content[path].startswith(magic) for path in modules)


def test_every_kind_of_example_is_there():
    assert set(TAGS) < set(ALL) and {"tally-cmake", "geometry"} < set(ALL)


def test_a_module_is_built_where_there_is_no_compiler(example, tmp_path, new_venv):
    """What the demo of the backend that showed the way does: flit inside, zig from its wheel, nothing installed."""
    nothing = tmp_path / "empty"
    nothing.mkdir()
    made = example("adder-zig")
    hidden = {"PATH": str(nothing), "HOME": str(tmp_path)}
    assert "ziglang>=0.12" in made.hook("get_requires_for_build_wheel", env=hidden).value
    wheel = built(made, tmp_path, **hidden)
    assert "zig" in tools_of(sbom_of(wheel))
    imported(wheel, new_venv, demo("adder-zig"))


def test_the_library_in_c_is_part_of_the_module_in_cxx(example, tmp_path):
    sbom = sbom_of(built(example("words-cpp"), tmp_path))
    assert set(files(libraries(sbom, "static")["fold"]["components"])) == {"vendor/fold/fold.c"}
    assert "libstdc++.so.6" in libraries(sbom, "dynamic")


@pytest.mark.parametrize("generator", ["cffi.gen_src", "cffi_buildtool"])
def test_cmake_compiles_what_either_generator_writes(generator, example, tmp_path, new_venv):
    if sys.version_info < (3, 10):
        pytest.skip("neither cffi 2.1 nor cffi_buildtool is there for Python 3.9")
    made = example("tally-cmake")
    settings = {"cmake.define.TALLY_GENERATOR": generator, "build.verbose": "true"}
    result = made.build_wheel(tmp_path / "dist", settings=settings)
    assert "-m {} read-sources".format(generator) in result.text
    names = [name for name in members(result.value) if not name.startswith("tally_cmake-")]
    module = "_tally" + sysconfig.get_config_var("EXT_SUFFIX")
    assert sorted(names) == ["tally_cmake/__init__.py", "tally_cmake/_tally.cdef.txt", "tally_cmake/" + module]
    imported(result.value, new_venv, demo("tally-cmake"))


def test_cmake_by_hand_has_the_declarations_written(example, tools, tmp_path):
    if sys.version_info < (3, 10):
        pytest.skip("cffi 2.1 is not there for Python 3.9")
    made = example("tally-cmake")
    environment = tools.environment(False)
    assert not made.exists("src/tally_cmake/_tally.cdef.txt")
    arguments = ["-S", made.root, "-B", tmp_path / "build", "-DPython_EXECUTABLE={}".format(tools.python)]
    run("cmake", *arguments, env=environment)
    run("cmake", "--build", tmp_path / "build", env=environment)
    (stored,) = made.root.glob(".headerkit/output/cffi/*x86_64-linux-gnu*/output.txt")
    assert made.read("src/tally_cmake/_tally.cdef.txt") == stored.read_text()
    (module,) = (tmp_path / "build").glob("_tally*.so")
    shutil.copy(module, made.root / "src/tally_cmake")
    run(tools.python, made.root / "demo.py", env=dict(environment, PYTHONPATH=os.fspath(made.root / "src")))
