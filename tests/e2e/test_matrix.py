"""Every front end with every inner backend: the bindings are in the wheel, and the wheel that is built from
the sdist, elsewhere and without libclang, is the one that is built from the tree."""

import os
import re
import shutil

import pytest

from inners import INNERS
from project import (
    IN_WHEEL,
    check_bindings,
    check_record,
    dist_info,
    front_end,
    members,
    only,
    run,
    sdist_names,
    unpack,
    use_bindings,
)

FRONT_ENDS = ["pip", "build", "uv"]
PLATFORM = "py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64"
every_inner = pytest.mark.parametrize("inner", INNERS, ids=str)
every_front_end = pytest.mark.parametrize("front", FRONT_ENDS)


@pytest.fixture
def committed(project):
    """A project as its maintainer commits it: the store is filled, the outputs are ignored by git."""

    def make(inner, editable=False):
        made = project(inner.name)
        for path, text in inner.editable_files.items() if editable else ():
            made.write(path, text)
        made.populate()
        made.git()
        return made

    return make


@every_front_end
@every_inner
def test_wheel_from_tree_and_from_sdist(front, inner, committed, tools, tmp_path):
    """Wheel from a clone, sdist, wheel from the sdist: libclang is hidden from all three."""
    clone = committed(inner).clone(tmp_path / "clone")
    assert not any(clone.exists("src/" + name) for name in IN_WHEEL), "the clone must start without outputs"
    direct = tmp_path / "direct"
    front_end(front, "wheel", clone, clone.root, direct)
    wheel = only(direct, "*.whl")
    from_sdist = tmp_path / "from-sdist"
    if front == "pip":
        sdist = clone.build_sdist(tmp_path / "sdist").value
        front_end(front, "wheel", clone, sdist, from_sdist)
    else:
        front_end(front, "sdist+wheel", clone, clone.root, from_sdist)
        sdist = only(from_sdist, "*.tar.gz")
    second = only(from_sdist, "*.whl")
    packed = sdist_names(sdist)
    for name in ("include/demo.h", "include/detail/types.h", "pyproject.toml"):
        assert name in packed
    assert any(re.fullmatch(r"\.headerkit/output/ctypes/[^/]+/output\.py", name) for name in packed)

    assert second.name == wheel.name
    for built in (wheel, second):
        content = members(built)
        assert set(IN_WHEEL) < set(content)
        assert not [name for name in content if ".headerkit" in name or name.startswith("include/")]
        check_record(built)
    assert members(second) == members(wheel)
    if inner.reproducible_wheel:
        assert second.read_bytes() == wheel.read_bytes()
    check_bindings(second, tmp_path / "installed", tools)


@every_inner
def test_wheel_is_the_inner_wheel_plus_outputs(inner, committed, project, tmp_path):
    """Nothing but the outputs, the tag and RECORD differs from what the inner backend builds alone."""
    ours = committed(inner)
    alone = project(inner.name, name="alone", ours=False)
    alone.git()
    for made, out in ((ours, "ours"), (alone, "theirs")):
        front_end("pip", "wheel", made, made.root, tmp_path / out)
    mine, theirs = only(tmp_path / "ours", "*.whl"), only(tmp_path / "theirs", "*.whl")
    assert theirs.name == "demo-1.0.0-{}.whl".format(inner.tag)
    tag = PLATFORM if inner.tag.endswith("-any") else inner.tag
    assert mine.name == "demo-1.0.0-{}.whl".format(tag)
    content, bare = members(mine), members(theirs)
    changed = {name for name in content.keys() | bare.keys() if content.get(name) != bare.get(name)}
    sbom = "demo-1.0.0.dist-info/sboms/headerkit-backend.cdx.json"
    allowed = {"demo-1.0.0.dist-info/RECORD", "demo-1.0.0.dist-info/WHEEL", sbom, *IN_WHEEL}
    # Stubs come with the modules that they describe.
    assert {name for name in changed if not name.endswith(".pyi")} <= allowed
    assert set(IN_WHEEL) <= changed
    tags = sorted(re.findall(r"^Tag: (.*)$", dist_info(mine, "WHEEL"), re.M))
    platforms = tag.split("-")[2].split(".")
    assert tags == sorted("py3-none-" + platform for platform in platforms)
    assert dist_info(mine, "METADATA") == dist_info(theirs, "METADATA")


@every_inner
def test_reproducible_with_us_where_it_is_without(inner, committed, project, tmp_path):
    """Two builds in two directories at two times with two umasks: equal bytes if the inner backend alone
    gives equal bytes."""

    def twice(made, label):
        built = []
        for number, umask in (("1", 0o022), ("2", 0o077)):
            old = os.umask(umask)
            try:
                clone = made.clone(tmp_path / (label + number)).warm
                for path in clone.root.rglob("*.py"):
                    os.utime(path, (10**9 + int(number) * 1000, 10**9 + int(number) * 1000))
                module = "headerkit_backend" if label == "ours" else inner.module
                wheel = clone.build_wheel(tmp_path / (label + number + "w"), module=module).value
                sdist = clone.build_sdist(tmp_path / (label + number + "s"), module=module).value
            finally:
                os.umask(old)
            built.append((wheel.read_bytes(), sdist.read_bytes()))
        (wheel1, sdist1), (wheel2, sdist2) = built
        return wheel1 == wheel2, sdist1 == sdist2

    alone = project(inner.name, name="alone", ours=False)
    alone.git()
    wheel, sdist = twice(alone, "alone")
    # What depends on the clock may be equal by chance, so only the claims that builds are equal are checked.
    assert wheel >= inner.reproducible_wheel and sdist >= inner.reproducible_sdist
    wheel, sdist = twice(committed(inner), "ours")
    assert wheel or not inner.reproducible_wheel
    assert sdist or not inner.reproducible_sdist


@every_inner
def test_editable_with_pip(inner, committed, new_venv, tools):
    """`pip install -e`: the package imports from the tree, bindings included."""
    made = committed(inner, editable=True)
    for name in IN_WHEEL:
        (made.root / "src" / name).unlink()
    python = new_venv()
    command = [tools.python, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps"]
    env = tools.environment(False)
    run(*command, "--no-build-isolation", "-e", made.root, env=env)
    assert all(made.exists("src/" + name) for name in IN_WHEEL)
    use_editable(python, made, tools)


@every_inner
def test_editable_with_uv(inner, committed, new_venv, tools):
    """`uv pip install -e`."""
    made = committed(inner, editable=True)
    python = new_venv()
    command = ["uv", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--python", python]
    run(*command, "-e", made.root, env=tools.environment(False))
    use_editable(python, made, tools)


def use_editable(python, made, tools):
    use_bindings(python, None, tools)
    where = run(python, "-c", "import demo; print(demo.__file__)", cwd="/", env=tools.environment(False)).out
    assert os.path.realpath(where.strip()).startswith(os.path.realpath(made.root))


@every_front_end
def test_isolated_build(front, committed, tools, tmp_path):
    """A real isolated environment, into which the front end installs us from the wheels folder."""
    inner = INNERS[0]
    clone = committed(inner).clone(tmp_path / "clone")
    cache = {"UV_CACHE_DIR": str(tmp_path / "uv-cache")}
    front_end(front, "wheel", clone, clone.root, tmp_path / "out", isolation=True, **cache)
    check_bindings(only(tmp_path / "out", "*.whl"), tmp_path / "installed", tools)


def test_isolated_editable(committed, new_venv, tools):
    """The inner backend's own requirements for an editable build (hatchling: `editables`) are asked for."""
    made = committed(INNERS[0])
    assert "editables" in " ".join(made.hook("get_requires_for_build_editable").value)
    python = new_venv()
    command = [tools.python, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps"]
    run(*command, "-e", made.root, env=tools.environment(False))
    use_editable(python, made, tools)


@pytest.mark.parametrize("module", ["headerkit.build_backend", "headerkit.build_backend_auto"])
def test_alias_names_build(module, committed, project, tools, tmp_path):
    """The distribution `headerkit` and its two backend modules serve the same builds, in isolation too."""
    # An older distribution of this name has higher version numbers.
    (alias,) = tools.wheels.glob("headerkit-*.whl")
    made = project("hatchling", requires=["headerkit==" + alias.name.split("-")[1], "hatchling"])
    made.write("pyproject.toml", made.read("pyproject.toml").replace('"headerkit_backend"', '"{}"'.format(module)))
    made.populate()
    front_end("pip", "wheel", made, made.root, tmp_path / "out", isolation=module.endswith("backend"))
    check_bindings(only(tmp_path / "out", "*.whl"), tmp_path / "installed", tools)


def test_source_trees_without_git(committed, tmp_path):
    """A tarball of the tree (no git, another path) hits just as a clone does."""
    made = committed(INNERS[1])
    tree = made.fresh().copy(tmp_path / "elsewhere" / "deeper" / "tree").warm
    shutil.rmtree(made.root)
    wheel = tree.build_wheel(tmp_path / "out").value
    assert set(IN_WHEEL) < set(members(wheel))


def test_two_sdists_are_one(committed, tmp_path):
    """An sdist built from an unpacked sdist has the same files."""
    made = committed(INNERS[1])
    first = made.build_sdist(tmp_path / "first").value
    again = made.copy(tmp_path / "again")
    shutil.rmtree(again.root)
    again.root = unpack(first, tmp_path / "unpacked")
    second = again.build_sdist(tmp_path / "second").value
    assert sdist_names(first) == sdist_names(second)
