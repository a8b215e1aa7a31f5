"""`check`: every configured header, writer and target; what is wrong, and the command that puts it right."""

import json
import shlex

import pytest

from project import assert_clear

NATIVE = "x86_64-linux-gnu"
TWO = """\
[tool.headerkit]
writers = ["cffi", "json"]
[tool.headerkit.headers."include/*.h"]
"""
DECLARED = TWO + """\
[tool.headerkit.cache.populate]
platforms = ["linux/amd64", "linux/arm64"]
targets = ["arm64-apple-darwin"]
"""


@pytest.fixture
def made(project):
    """A project with two headers that need nothing of any system."""

    def make(headerkit=DECLARED):
        found = project("flit_core", headerkit=headerkit)
        for name in ("include/demo.h", "include/detail/types.h"):
            (found.root / name).unlink()
        found.write("include/one.h", '#include "common.inc"\nint one(common_t c);\n')
        found.write("include/two.h", "typedef struct { long a; } two_t;\nint two(two_t *p);\n")
        found.write("include/common.inc", "typedef int common_t;\n")
        return found

    return make


def fill(project, *targets):
    project.populate()
    for target in targets:
        project.populate("--target", target)
    # The last run wrote the outputs of its target.
    project.cli("generate")


def problems(result):
    return json.loads(result.out)["problems"]


def remedy(result):
    """The command of the hint, as words."""
    (hint,) = [line for line in result.err.splitlines() if line.startswith("hint: run `")]
    return [shlex.split(part)[1:] for part in hint.split("`")[1].split(" && ")]


def test_all_targets_that_are_declared_count(made):
    """This machine's target is one of the declared ones here: it counts once."""
    project = made()
    fill(project, "aarch64-linux-gnu", "aarch64-macos")
    answer = json.loads(project.cli("check", "--json").out)
    assert answer["targets"] == [NATIVE, "aarch64-linux-gnu", "aarch64-macos"]
    assert (answer["checked"], answer["problems"]) == (2 * 2 * 3, [])
    result = project.cli("check")
    assert "12 outputs current for 3 targets" in result.err and result.out == ""
    assert project.cli("check", "-q").text == ""


def test_what_is_missing_is_named_with_its_remedy(made):
    project = made()
    project.populate()
    result = project.cli("check", check=False)
    assert_clear(result, "8 of 12 outputs not current", "include/one.h", "aarch64-linux-gnu, aarch64-macos")
    assert remedy(result) == [["cache", "populate"]]
    found = problems(project.cli("check", "--json", check=False))
    assert {(row["target"], row["state"]) for row in found} == {
        ("aarch64-linux-gnu", "missing"), ("aarch64-macos", "missing")
    }


def test_the_remedy_puts_it_right(made):
    """Word for word, also for a target that nobody declared and a store of another name."""
    project = made(TWO)
    options = ["--store-dir", "my store"]
    for arguments in (["check", *options], ["check", "--target", "aarch64-macos", *options]):
        result = project.cli(*arguments, check=False)
        assert_clear(result, "not current")
        for command in remedy(result):
            project.cli(*command, libclang=True)
        project.cli(*arguments)


def test_an_edited_include_is_named(made):
    project = made()
    fill(project, "aarch64-linux-gnu", "aarch64-macos")
    project.write("include/common.inc", "typedef long common_t;\n")
    result = project.cli("check", check=False)
    assert_clear(result, "6 of 12", "`include/common.inc` was edited", "all 3 targets", "generate && headerkit-backend cache")
    assert {row["state"] for row in problems(project.cli("check", "--json", check=False))} == {"stale"}


def test_damage_is_named(made):
    project = made(TWO)
    project.populate()
    (output,) = (project.root / ".headerkit/output/json").glob("*two*/output.json")
    output.write_text("{}")
    found = problems(project.cli("check", "--json", check=False))
    assert [(row["header"], row["writer"], row["state"]) for row in found] == [("include/two.h", "json", "corrupt")]


def test_an_output_file_that_differs_counts_and_one_that_is_absent_does_not(made):
    project = made(TWO)
    project.populate()
    (project.root / "include/one.json").unlink()
    project.write("include/two.cdef.txt", "int old(void);\n")
    result = project.cli("check", check=False)
    assert_clear(result, "1 of 4 outputs", "`include/two.cdef.txt` differs from the store")
    assert remedy(result) == [["generate"]] and "libclang" not in result.err
    project.cli("generate")
    project.cli("check")


def test_a_header_with_a_target_of_its_own(made):
    """Its rule says what it is for; no other target is asked for it."""
    project = made(
        '[tool.headerkit]\nwriters = ["json"]\n[tool.headerkit.headers."include/one.h"]\n'
        '[tool.headerkit.headers."include/two.h"]\ntarget = "i686-linux-gnu"\n'
        '[tool.headerkit.cache.populate]\nplatforms = ["linux/arm64"]\n'
    )
    fill(project, "aarch64-linux-gnu")
    assert json.loads(project.cli("check", "--json").out)["checked"] == 3
    project.write("include/two.h", "int changed;\n")
    result = project.cli("check", check=False)
    assert_clear(result, "i686-linux-gnu")
    assert remedy(result) == [["generate"]]


def test_a_bypassed_store_is_checked_all_the_same(made):
    project = made(TWO)
    project.populate()
    assert "4 outputs current" in project.cli("check", HEADERKIT_NO_CACHE="1").err


def test_strict_wants_no_entry_that_nothing_needs(made):
    project = made(TWO)
    project.populate()
    project.populate("include/two.h", "-w", "lua")
    project.cli("check")
    result = project.cli("check", "--strict", check=False)
    assert_clear(result, "1 entry of the store needed by nothing", "output/lua/", "unused", "cache prune")
    (row,) = json.loads(project.cli("check", "--strict", "--json", check=False).out)["unused"]
    assert (row["layer"], row["state"]) == ("output/lua", "unused")
    project.cli("cache", "prune")
    project.cli("check", "--strict")


def test_annotations_for_github(made):
    """One per header and problem, beside the file that is to blame, and nothing of it in the data."""
    project = made()
    fill(project, "aarch64-linux-gnu", "aarch64-macos")
    project.write("include/common.inc", "typedef long common_t;\n")
    project.write("include/two.cdef.txt", "int old(void);\n")
    for workspace, prefix in ((project.root, ""), (project.root.parent, project.root.name + "/"), (None, "")):
        env = {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": workspace and str(workspace)}
        result = project.cli("check", "--json", check=False, **env)
        lines = [line for line in result.err.splitlines() if line.startswith("::")]
        assert [line.split("::")[1] for line in lines] == [
            "error file={}include/common.inc,line=1".format(prefix),
            "error file={}include/two.cdef.txt,line=1".format(prefix),
        ]
        assert "cffi, json" in lines[0] and "all 3 targets" in lines[0]
        assert len(problems(result)) == 7
    assert "::error" not in project.cli("check", check=False, GITHUB_ACTIONS=None).text


def test_where_nothing_can_be_checked(made, tmp_path):
    project = made("[tool.headerkit]\n")
    assert "no headers are configured" in project.cli("check").err
    empty = tmp_path / "empty"
    empty.mkdir()
    assert_clear(project.cli("check", cwd=empty, check=False), "no project here", "--store-dir")
    assert_clear(project.cli("check", "--target", "toaster", check=False), "toaster")
    project.configure(TWO + '[tool.headerkit.cache.populate]\nplatforms = ["linux/amd46"]\n')
    assert_clear(project.cli("check", check=False), "linux/amd46", "did you mean `linux/amd64`?")
