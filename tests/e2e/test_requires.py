"""Which build requirements we add, and when."""

import json
import re

import pytest

from project import HEADERKIT, assert_clear, front_end, run

REQUIRES = [
    "get_requires_for_build_wheel",
    "get_requires_for_build_sdist",
    "get_requires_for_build_editable",
]
each_hook = pytest.mark.parametrize("hook", REQUIRES)


def libclang_in(requirements):
    return [requirement for requirement in requirements if requirement.startswith("libclang")]


@each_hook
def test_full_hit_adds_nothing(project, hook):
    """Everything is in the store: the inner backend's own answer."""
    made = project("poetry-core")
    made.populate()
    assert made.hook(hook).value == made.hook(hook, module="poetry.core.masonry.api").value


@each_hook
def test_miss_without_libclang_asks_for_a_pinned_one(project, hook):
    """Empty store, no libclang: exactly one pinned requirement beside the inner backend's."""
    made = project("hatchling")
    value = made.hook(hook).value
    (requirement,) = libclang_in(value)
    assert requirement.startswith("libclang-ng==")
    assert set(value) - {requirement} == set(made.hook(hook, module="hatchling.build").value)


def test_pinned_libclang_can_be_installed(project, tools, tmp_path):
    """The requirement that is asked for resolves for this interpreter."""
    (requirement,) = libclang_in(project("flit_core").hook(REQUIRES[0]).value)
    command = [tools.python, "-m", "pip", "download", "--quiet", "--no-deps", "-d", tmp_path / "out", requirement]
    run(*command, env=tools.environment(False))


def test_miss_with_libclang_adds_nothing(project):
    """It is here already."""
    assert project("flit_core").hook(REQUIRES[0], libclang=True).value == []


def test_stale_store_asks_too(project):
    """A changed header is a miss."""
    made = project("flit_core")
    made.populate()
    made.write("include/demo.h", made.read("include/demo.h") + "\nint later(void);\n")
    assert libclang_in(made.hook(REQUIRES[0]).value)


def test_bypassed_store_asks_too(project):
    """`no-cache` needs a parser."""
    made = project("flit_core")
    made.populate()
    assert libclang_in(made.hook(REQUIRES[0], config_settings={"no-cache": "true"}).value)
    assert not libclang_in(made.hook(REQUIRES[0], config_settings={"no-cache": "false"}).value)


def provision(value):
    return HEADERKIT.replace("[tool.headerkit]\n", '[tool.headerkit]\nlibclang = "{}"\n'.format(value))


def test_never(project, tmp_path):
    """`libclang = "never"`: nothing is added, and the build error names the command that fills the store."""
    made = project("flit_core", headerkit=provision("never"))
    assert made.hook(REQUIRES[0]).value == []
    result = made.build_wheel(tmp_path / "out", check=False)
    assert_clear(result, "LibclangUnavailableError", "headerkit-backend generate", ".headerkit", "include/demo.h")


def test_require(project):
    """`libclang = "require"`: asked for even on a hit."""
    made = project("flit_core", headerkit=provision("require"))
    made.populate()
    assert libclang_in(made.hook(REQUIRES[0]).value)


@pytest.mark.parametrize("value, added", [("1", True), ("0", False)])
def test_variable_decides_over_the_file(project, value, added):
    """HEADERKIT_AUTO_INSTALL_LIBCLANG."""
    made = project("flit_core", headerkit=provision("never" if added else "auto"))
    asked = made.hook(REQUIRES[0], env={"HEADERKIT_AUTO_INSTALL_LIBCLANG": value}).value
    assert bool(libclang_in(asked)) == added


def test_auto_module_overrides_never(project):
    """`headerkit.build_backend_auto` is the documented way to say so by name."""
    made = project("flit_core", headerkit=provision("never"))
    assert libclang_in(made.hook(REQUIRES[0], module="headerkit.build_backend_auto").value)
    assert not libclang_in(made.hook(REQUIRES[0], module="headerkit.build_backend").value)


def test_no_headers_need_no_libclang(project):
    """Nothing configured."""
    assert project("flit_core", headerkit="").hook(REQUIRES[0]).value == []


def test_editable_requirement_of_hatchling(project):
    """The inner backend's `editables` is not lost."""
    made = project("hatchling")
    made.populate()
    assert any(requirement.startswith("editables") for requirement in made.hook(REQUIRES[2]).value)


@pytest.mark.parametrize("front", ["pip", "uv"])
def test_isolated_build_provides_libclang(project, front, tmp_path):
    """An empty store and no libclang on the machine: the front end installs it into the isolated environment.

    LIBCLANG_PATH would hide that one too, so the configuration demands it, and only the package's own
    library can be what parses."""
    made = project("flit_core", headerkit=provision("require"))
    options = {"UV_CACHE_DIR": str(tmp_path / "cache"), "HEADERKIT_LOG": "debug"}
    result = front_end(front, "wheel", made, made.root, tmp_path / "out", isolation=True, libclang=None, **options)
    assert list((tmp_path / "out").glob("*.whl")), str(result)
    (slug,) = result.tree.entries("ir")
    used = json.loads(result.tree.read(".headerkit/ir/{}/metadata.json".format(slug)))["libclang_version"]
    (pinned,) = libclang_in(made.hook(REQUIRES[0]).value)
    assert re.search(r"\d+", used)[0] == pinned.split("==")[1].split(".")[0]
