"""`cache populate --cibuildwheel`: the targets are those of the identifiers that the real cibuildwheel prints."""

import json
import sys
from textwrap import dedent

import pytest

from project import assert_clear, run

ARCH = {"i686": "i686", "armv7l": "armv7", "ppc64le": "powerpc64le", "arm64": "aarch64", "amd64": "x86_64"}


def targets_of(identifier):
    """What an identifier of cibuildwheel is built for."""
    tag = identifier.split("-", 1)[1]
    if tag == "win32":
        return ["i686-windows-msvc"]
    system, arch = tag.split("_", 1)
    if system == "macosx":
        return [ARCH.get(name, name) + "-macos" for name in (["x86_64", "arm64"] if arch == "universal2" else [arch])]
    if system == "win":
        return [ARCH.get(arch, arch) + "-windows-msvc"]
    libc = {"manylinux": "gnu", "musllinux": "musl"}[system] + ("eabihf" if arch == "armv7l" else "")
    return ["{}-linux-{}".format(ARCH.get(arch, arch), libc)]


CASES = {
    "defaults": ("", {}),
    "a string": ('build = "cp312-* cp313-*"', {}),
    "a list": ('build = ["cp312-*", "cp313-*"]\nskip = ["*-musllinux_*", "*-win32"]', {}),
    "a list of strings of words": ('build = ["cp310-* cp311-*", "cp312-*"]\nskip = "*i686 *_x86_64"', {}),
    "nothing but musl": ('build = "*-musllinux_*"', {}),
    "braces": ('build = "cp3{12,13}-{many,musl}linux_*"\narchs = ["all"]', {}),
    "nested braces": ('build = "cp31{1..3}-{manylinux_{x86_64,aarch64},win_amd64}"\narchs = "all"', {}),
    "classes": ('build = "cp31[23]-*linux_?*[!6]"\narchs = "all"', {}),
    "an empty build is everything": ('build = ""\nskip = "*musllinux*"', {}),
    "archs as a string": ('archs = "x86_64, arm64"\n[tool.cibuildwheel.windows]\narchs = "AMD64 ARM64"\n'
                          '[tool.cibuildwheel.linux]\narchs = "auto aarch64"', {}),
    "archs as a list": ('[tool.cibuildwheel.linux]\narchs = ["x86_64", "aarch64", "ppc64le", "s390x", "armv7l", '
                        '"riscv64"]\n[tool.cibuildwheel.macos]\narchs = ["universal2"]', {}),
    "all archs": ('archs = "all"', {}),
    "auto32 and auto64": ('archs = "auto32"\n[tool.cibuildwheel.linux]\narchs = ["auto64"]', {}),
    "native": ('archs = "native"', {}),
    "any case": ('[tool.cibuildwheel.windows]\narchs = "amd64 x86"\n[tool.cibuildwheel.macos]\narchs = "ARM64"', {}),
    "per platform": ('build = "cp313-*"\n[tool.cibuildwheel.linux]\nskip = "*musllinux*"\n[tool.cibuildwheel.macos]\n'
                     'skip = "*"\n[tool.cibuildwheel.windows]\nbuild = "cp314-win_arm64"\narchs = "all"', {}),
    "inherit": ('skip = "*musllinux*"\n[tool.cibuildwheel.linux]\nskip = ["*i686"]\narchs = ["auto", "i686"]\n'
                'inherit.skip = "append"\n[tool.cibuildwheel.windows]\nskip = "*win32"\ninherit.skip = "prepend"', {}),
    "the environment wins": ('build = "cp312-*"\narchs = "all"', {"CIBW_BUILD": "cp313-musllinux_*", "CIBW_SKIP": "*i686"}),
    "archs of the environment": ('archs = "x86_64"', {"CIBW_ARCHS": "all", "CIBW_ARCHS_LINUX": "aarch64",
                                                      "CIBW_ARCHS_WINDOWS": "x86"}),
    "empty archs do not count": ('archs = "all"', {"CIBW_ARCHS": "", "CIBW_ARCHS_MACOS": "arm64"}),
    "platforms have no build variable": ('build = "cp313-*"', {"CIBW_BUILD_LINUX": "cp39-musllinux_i686"}),
    # On x86-64 the real one leaves out other implementations for arm64 Macs, which it builds on such a Mac.
    "PyPy alone": ('build = "pp311-*"\nskip = "*-macosx_arm64"\nenable = ["pypy"]\narchs = "all"', {}),
    "PyPy is not enabled": ('build = "pp311-* cp312-win32"\narchs = "all"', {}),
    "GraalPy by the environment": ('build = "gp312*"\nskip = "*-macosx_arm64"\narchs = "all"', {"CIBW_ENABLE": "graalpy"}),
    "old PyPy": ('build = "pp310-*"\nskip = "*-macosx_arm64"\narchs = "all"\nenable = "all"', {}),
    "free-threaded": ('build = "cp314t-*"\narchs = "all"', {}),
    "requires-python of the environment": ('build = "cp310-win32 cp313-win_amd64"\narchs = "all"',
                                           {"CIBW_PROJECT_REQUIRES_PYTHON": ">=3.11"}),
}


def write(folder, table, requires_python=""):
    text = '[project]\nname = "probe"\nversion = "1"\n{}\n[tool.headerkit]\nwriters = ["json"]\n'.format(requires_python)
    text += '[tool.headerkit.headers."a.h"]\n[tool.cibuildwheel]\n' + dedent(table) + "\n"
    (folder / "pyproject.toml").write_text(text)
    (folder / "a.h").write_text("int f(void);\n")


def environment(tools, **extra):
    env = {name: value for name, value in tools.environment(libclang=True, **extra).items()}
    return {name: value for name, value in env.items() if not name.startswith("CIBW_") or name in extra}


def ours(tools, folder, *arguments, check=True, **extra):
    return run(tools.binary, "cache", "populate", "--cibuildwheel", "--dry-run", "--json", *arguments, cwd=folder,
               env=environment(tools, **extra), check=check)


def theirs(tools, folder, **extra):
    """The targets of every identifier that the real one prints, platform by platform."""
    found = set()
    for system in ("linux", "macos", "windows"):
        command = [sys.executable, "-m", "cibuildwheel", "--print-build-identifiers", "--allow-empty", "--platform", system]
        done = run(*command, cwd=folder, env=environment(tools, **extra))
        found.update(target for identifier in done.out.split() for target in targets_of(identifier))
    return found


@pytest.mark.skipif(sys.version_info < (3, 11), reason="cibuildwheel 4 needs Python 3.11")
@pytest.mark.parametrize("name", CASES)
def test_the_real_one_agrees(tools, tmp_path, name):
    table, variables = CASES[name]
    write(tmp_path, table)
    done = ours(tools, tmp_path, **variables)
    found = {row["target"] for row in json.loads(done.out)["outputs"]}
    assert found == theirs(tools, tmp_path, **variables), done.err
    assert found


@pytest.mark.skipif(sys.version_info < (3, 11), reason="cibuildwheel 4 needs Python 3.11")
def test_requires_python_counts(tools, tmp_path):
    write(tmp_path, 'build = ["cp39-win32", "cp310-musllinux_x86_64", "cp313-win_amd64"]', 'requires-python = ">=3.10,<3.13"')
    found = {row["target"] for row in json.loads(ours(tools, tmp_path).out)["outputs"]}
    assert found == theirs(tools, tmp_path) == {"x86_64-linux-musl"}


def test_the_targets_are_stored(tools, tmp_path):
    write(tmp_path, 'build = "cp313-*"\n[tool.cibuildwheel.linux]\narchs = ["aarch64"]\n[tool.cibuildwheel.macos]\n'
                    'archs = ["arm64"]\n[tool.cibuildwheel.windows]\narchs = ["AMD64"]')
    done = run(tools.binary, "cache", "populate", "--cibuildwheel", cwd=tmp_path, env=environment(tools))
    assert done.out.endswith("4 outputs: 4 stored\n"), done
    assert not done.err, "nothing was assumed"


def test_check_wants_every_target(tools, tmp_path):
    write(tmp_path, 'build = "cp313-*"\nskip = "*musllinux* *macos*"\n[tool.cibuildwheel.linux]\narchs = ["aarch64"]\n'
                    '[tool.cibuildwheel.windows]\narchs = ["AMD64"]')
    env = environment(tools)
    run(tools.binary, "generate", cwd=tmp_path, env=env)
    check = [tools.binary, "check", "--cibuildwheel"]
    done = run(*check, cwd=tmp_path, env=env, check=False)
    assert done.code == 1 and "2 of 3 outputs not current for 3 targets" in done.err, done
    assert "(aarch64-linux-gnu, x86_64-windows-msvc)" in done.err
    assert "run `headerkit-backend cache populate --cibuildwheel`" in done.err
    run(tools.binary, "cache", "populate", "--cibuildwheel", cwd=tmp_path, env=env)
    done = run(*check, cwd=tmp_path, env=env)
    assert "3 outputs current for 3 targets" in done.err
    assert "1 output current" in run(tools.binary, "check", cwd=tmp_path, env=env).err


def test_what_cannot_be_served_is_named(tools, tmp_path):
    write(tmp_path, 'build = ["cp313-*", "cp313-pyodide_wasm32", "cp2*"]\narchs = "auto"\n[tool.cibuildwheel.ios]\n'
                    'archs = ["all"]\n[tool.cibuildwheel.windows]\narchs = ["AMD64"]')
    done = ours(tools, tmp_path)
    for said in ("warning: pyproject.toml:12:1: cibuildwheel's platform `ios` is left out",
                 "`cp313-pyodide_wasm32` selects nothing that is served here", "`cp2*` selects nothing",
                 "note: cibuildwheel's `archs` is `auto` on linux, which depends on the machine: here it is "):
        assert said in done.err, done.err
    assert "`archs` is `auto` on windows" not in done.err
    in_containers = ours(tools, tmp_path, "--engine", "docker")
    assert "warning: cibuildwheel builds for x86_64-windows-msvc, which no container is" in in_containers.err
    assert {row["target"].split("-")[1] for row in json.loads(in_containers.out)["outputs"]} == {"linux"}


@pytest.mark.skipif(sys.version_info < (3, 11), reason="cibuildwheel 4 needs Python 3.11")
@pytest.mark.parametrize("platform", ["linux", "windows", "macos"])
def test_the_platform_of_the_environment_is_the_only_one(tools, tmp_path, platform):
    write(tmp_path, 'build = "cp313-*"\narchs = "all"\n[tool.cibuildwheel.ios]\narchs = ["all"]')
    done = ours(tools, tmp_path, CIBW_PLATFORM=platform)
    real = run(sys.executable, "-m", "cibuildwheel", "--print-build-identifiers", cwd=tmp_path,
               env=environment(tools, CIBW_PLATFORM=platform))
    expected = {target for identifier in real.out.split() for target in targets_of(identifier)}
    assert {row["target"] for row in json.loads(done.out)["outputs"]} == expected and expected
    assert done.err == "note: environment variable `CIBW_PLATFORM` is `{}`: other platforms are left out\n".format(platform)


def test_a_platform_of_the_environment_that_is_not_served(tools, tmp_path):
    write(tmp_path, 'build = "cp313-*"\narchs = "all"')
    assert_clear(ours(tools, tmp_path, CIBW_PLATFORM="android", check=False), "leave nothing to build",
                 "warning: environment variable `CIBW_PLATFORM`: cibuildwheel's platform `android` is left out")
    assert_clear(ours(tools, tmp_path, CIBW_PLATFORM="windos", check=False), "environment variable `CIBW_PLATFORM`",
                 "must be one of `linux`", "did you mean `windows`?")
    assert ours(tools, tmp_path, CIBW_PLATFORM="auto").out == ours(tools, tmp_path).out


@pytest.mark.parametrize(
    "table, said",
    [
        ("build = 3", ["pyproject.toml:9:9", "`tool.cibuildwheel.build` must be a string, found integer"]),
        ("build = [3]", ["pyproject.toml:9:9", "`tool.cibuildwheel.build` must be a list of strings"]),
        ('archs = "x86_46"', ["pyproject.toml:9:9", "no architecture `x86_46`", "did you mean `x86_64`?"]),
        ('[tool.cibuildwheel.linux]\ninherit.skip = "apend"', ["pyproject.toml:10:16", "did you mean `append`?"]),
        ('skip = "*"', ["leave nothing to build", "--print-build-identifiers"]),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tools, tmp_path, table, said):
    write(tmp_path, table)
    assert_clear(ours(tools, tmp_path, check=False), *said)


def test_there_must_be_something_to_read(tools, tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.headerkit]\n[tool.headerkit.headers."a.h"]\n')
    (tmp_path / "a.h").write_text("int f(void);\n")
    assert_clear(ours(tools, tmp_path, check=False), "found no [tool.cibuildwheel]", "--platform")
    assert ours(tools, tmp_path, CIBW_BUILD="cp313-manylinux_*").out
