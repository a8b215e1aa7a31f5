"""What is said where the store lacks an output and nothing here can make it: what was wanted, and what fills it."""

import os
import re
import shlex
import subprocess

import pytest

from project import NOWHERE, assert_clear, run

HEADER = """\
[tool.headerkit.headers."include/demo.h"]
[tool.headerkit.output]
ctypes = "src/demo/_demo.py"
"""


def commands(result):
    """The commands that the hints of a failure propose, as words."""
    return [shlex.split(text) for text in re.findall(r"^hint: .*?`(headerkit-backend [^`]*)`", result.err, re.M)]


def follow(made, result):
    """Does what the first hint says, on a machine with libclang."""
    words = commands(result)[0]
    made.cli(*words[1:], libclang=True)
    return words


@pytest.mark.parametrize(
    "stored, wanted",
    [
        ("x86_64-linux-gnu", "x86_64-linux-musl"),
        ("x86_64-linux-musl", "x86_64-linux-gnu"),
        ("x86_64-linux-gnu", "aarch64-macos"),
        ("aarch64-linux-gnu", "x86_64-windows-msvc"),
    ],
)
def test_the_wanted_target_is_named_and_the_command_fills_it(project, tmp_path, stored, wanted):
    """The hint, done word for word with libclang, makes the same build work without."""
    made = project("flit_core", headerkit=HEADER)
    made.cli("cache", "populate", "--target", stored, libclang=True)
    missed = made.build_wheel(tmp_path / "out", settings={"target": wanted}, check=False)
    assert_clear(missed, "2 outputs are not in the store for " + wanted, "only for " + stored)
    assert follow(made, missed)[1:3] == ["cache", "populate"]
    made.build_wheel(tmp_path / "out", settings={"target": wanted})


def test_generate_is_named_where_it_is_right(project, tmp_path):
    """Nothing is stored at all, and this machine is what is built for."""
    made = project("flit_core", headerkit=HEADER)
    missed = made.build_wheel(tmp_path / "out", check=False)
    assert_clear(missed, "not in the store for ", "no entry for this header")
    assert follow(made, missed) == ["headerkit-backend", "generate"]
    made.build_wheel(tmp_path / "out")


def test_a_target_that_a_rule_sets_is_named_beside_the_others(project, tmp_path):
    """Two headers for two targets: each is told apart, and each has its command."""
    made = project("flit_core", headerkit=HEADER.replace('demo.h"]\n', 'demo.h"]\n[tool.headerkit.headers."include/mac.h"]\ntarget = "macos/arm64"\n').replace("_demo.py", "_{stem}.py"))
    made.write("include/mac.h", "int mac(void);\n")
    missed = made.build_wheel(tmp_path / "out", check=False)
    assert_clear(missed, "aarch64-macos: include/mac.h (ctypes): ", "`headerkit-backend generate`",
                 "`headerkit-backend cache populate --target aarch64-macos`")
    for words in commands(missed)[:2]:
        made.cli(*words[1:], libclang=True)
    made.build_wheel(tmp_path / "out")


def test_what_was_typed_is_typed_again(project):
    """A header, a define with a space and a writer of the command line are part of the command."""
    made = project("flit_core", headerkit=HEADER)
    typed = ["include/demo.h", "-w", "cffi", "-D", "A=1 + 2", "-I", "include"]
    missed = made.cli("generate", *typed, "--target", "linux/arm64", check=False)
    assert_clear(missed, "not in the store for aarch64-linux-gnu")
    follow(made, missed)
    assert "demo_run" in made.cli("generate", *typed, "--target", "linux/arm64").out


def test_a_header_that_is_nowhere(project, tmp_path):
    """The library's header is not here and the store has it for another target only."""
    outside = tmp_path / "usr" / "lib.h"
    outside.parent.mkdir()
    outside.write_text("int lib(void);\n")
    made = project("flit_core", headerkit=HEADER.replace("include/demo.h", str(outside)))
    made.cli("cache", "populate", "--target", "x86_64-linux-musl", libclang=True)
    outside.unlink()
    missed = made.build_wheel(tmp_path / "out", settings={"target": "aarch64-linux-gnu"}, libclang=True, check=False)
    assert_clear(missed, "not in the store for aarch64-linux-gnu", "cache populate --target aarch64-linux-gnu")


@pytest.mark.parametrize("how", ["file", "environment"])
def test_never_is_named_as_the_cause(project, tmp_path, how):
    """A build must not install libclang; that pip could is no help in an isolated build."""
    never = '[tool.headerkit]\nlibclang = "never"\n' if how == "file" else ""
    made = project("flit_core", headerkit=never + HEADER)
    env = {"HEADERKIT_AUTO_INSTALL_LIBCLANG": "0"} if how == "environment" else {}
    missed = made.build_wheel(tmp_path / "out", check=False, env=env)
    line = made.read("pyproject.toml").splitlines().index('libclang = "never"') + 1 if never else 0
    place = "pyproject.toml:{}".format(line) if never else "environment variable `HEADERKIT_AUTO_INSTALL_LIBCLANG`"
    assert_clear(missed, '`libclang = "never"` ({}) forbids'.format(place), "add `libclang-ng` to [build-system] requires")
    assert "pip install" not in missed.err, str(missed)
    # Commands install nothing, whatever builds may do.
    assert "never" not in made.cli("generate", check=False).err


def test_the_remedy_for_never_is_one(project, tmp_path):
    """With libclang among the requirements the isolated build works although it may not ask for it."""
    made = project("flit_core", headerkit='[tool.headerkit]\nlibclang = "never"\n' + HEADER)
    assert not any("libclang" in name for name in made.hook("get_requires_for_build_wheel").value)
    made.build_wheel(tmp_path / "out", libclang=True)


def test_bypassing_the_store_is_named(project, tmp_path):
    """Who asked for it."""
    made = project("flit_core", headerkit=HEADER)
    made.populate()
    missed = made.build_wheel(tmp_path / "out", settings={"no-cache": "1"}, check=False)
    assert_clear(missed, "the store was bypassed", "config setting `no-cache` forbids")
    assert "commit" not in missed.err, str(missed)


def test_without_a_project_no_store_is_spoken_of(tools, tmp_path):
    """Nothing would be stored in just any directory: neither the message nor doctor says so."""
    (tmp_path / "a.h").write_text("int a(void);\n")
    env = tools.environment(libclang=False)
    missed = run(tools.binary, "a.h", "-w", "cffi", cwd=tmp_path, env=env, check=False)
    assert_clear(missed, "a.h (cffi): there is no project here, and so no store", "install libclang")
    assert "commit" not in missed.err and "bypassed" not in missed.err, str(missed)
    told = run(tools.binary, "doctor", cwd=tmp_path, env=tools.environment(libclang=True)).out
    assert "store: none" in told and ".headerkit" not in told, told
    assert sorted(path.name for path in tmp_path.iterdir() if not path.is_dir()) == ["a.h"]


@pytest.fixture
def unwritable():
    """Makes a directory that nobody can write to, root included, until the test is over."""
    made = []

    def forbid(folder):
        made.append(folder)
        if os.geteuid():
            folder.chmod(0o555)
        else:
            subprocess.run(["chattr", "+i", folder], check=True)

    yield forbid
    for folder in made:
        if os.geteuid():
            folder.chmod(0o755)
        else:
            subprocess.run(["chattr", "-i", folder], check=True)


@pytest.mark.parametrize("command", ["generate", "populate", "build"])
def test_an_unwritable_store_is_one_warning(project, unwritable, tmp_path, command):
    """However many headers; no random name in it; what was to be made is made."""
    made = project("flit_core", headerkit=HEADER.replace("demo.h", "*.h").replace("_demo.py", "_{stem}.py"))
    for number in range(20):
        made.write("include/h{}.h".format(number), "int f{}(void);\n".format(number))
    for layer in ("ir", "output/ctypes", "output/ctypes-stub"):
        (made.root / ".headerkit" / layer).mkdir(parents=True)
        unwritable(made.root / ".headerkit" / layer)
    if command == "build":
        result = made.warm.build_wheel(tmp_path / "out", libclang=True)
    elif command == "generate":
        result = made.cli("generate", libclang=True)
    else:
        targets = ["--target", "aarch64-linux-gnu", "--target", "x86_64-linux-musl"]
        result = made.cli("cache", "populate", *targets, libclang=True, check=False)
    (told,) = [line for line in result.err.splitlines() if "store was not updated" in line]
    assert str(made.root / ".headerkit") in told and ".tmp" not in told, told
    if command != "populate":
        assert len(list((made.root / "src" / "demo").glob("_h*.py"))) == 20


@pytest.mark.parametrize("target, has_zig", [("aarch64-ios", False), ("aarch64-linux-android", False), ("wasm32-emscripten", False), ("aarch64-linux-gnu", True)])
def test_zig_is_recommended_only_where_it_helps(project, tmp_path, target, has_zig):
    """zig brings no headers of iOS, Android or Emscripten: neither a hint nor a build asks for it."""
    made = project("flit_core", headerkit=HEADER)
    made.write("include/demo.h", "#include <stdio.h>\nint demo(FILE *file);\n")
    empty = tmp_path / "empty"
    empty.mkdir()
    env = {"HEADERKIT_PYTHON": str(empty / "python"), "PATH": str(empty)}
    missed = made.cli("generate", "--target", target, libclang=True, check=False, **env)
    assert_clear(missed, "`stdio.h` is included at", "system headers of `{}`".format(target), "[tool.headerkit.sysroots]")
    assert ("ziglang" in missed.err) == has_zig, str(missed)
    asked = made.hook("get_requires_for_build_wheel", env={"HEADERKIT_TARGET": target}).value
    assert any("ziglang" in name for name in asked) == has_zig, asked
    populated = made.cli("cache", "populate", "--target", target, libclang=True, check=False)
    assert ("has no C headers" in populated.err) != has_zig, str(populated)


def test_nowhere_is_nowhere():
    """What hides libclang from these tests."""
    assert not os.path.exists(NOWHERE)
