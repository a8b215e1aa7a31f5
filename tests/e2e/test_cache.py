"""`cache prune` and `cache status`."""

import json
import os
import pty
import re
import struct
import subprocess

import pytest

from project import assert_clear, plain, read_terminal

NATIVE = "x86_64-linux-gnu"
OTHERS = ["aarch64-linux-gnu", "aarch64-macos"]
PLAIN = """\
[tool.headerkit]
include_dirs = ["include"]
writers = ["cffi", "json"]
[tool.headerkit.headers."include/plain.h"]
"""


@pytest.fixture
def made(project):
    """A project with one header that needs nothing of any system, stored for three targets."""

    def make(headerkit=PLAIN):
        found = plain(project("flit_core", headerkit=headerkit))
        for target in [*OTHERS, NATIVE]:
            found.populate("--target", target)
        return found

    return make


def prune(project, *arguments):
    return json.loads(project.cli("cache", "prune", "--json", *arguments).out)


def count(project):
    layers = json.loads(project.cli("cache", "status", "--json").out)["layers"]
    return {layer["layer"]: layer["entries"] for layer in layers}


def size(project):
    files = (path for path in (project.root / ".headerkit").rglob("*") if path.is_file())
    return sum(path.stat().st_size for path in files if path.name != "index.json")


# Pruning


def test_what_is_needed_stays(made):
    """Every target's entries, declared or not, and the store stays byte for byte the same."""
    project = made()
    before = project.snapshot()
    answer = prune(project)
    assert (answer["removed"], answer["bytes"], answer["kept"]) == ([], 0, 9)
    assert project.snapshot() == before
    assert project.cli("cache", "prune").out == "Removed 0 entries, 0 bytes; 9 kept\n"


def test_stale_unused_and_damaged_entries_go(made):
    project = made()
    project.write("include/other.h", "int other(void);\n")
    project.populate("include/other.h", "-w", "json")  # of no configured header
    project.populate("include/plain.h", "-w", "lua")  # of no configured writer
    project.populate("include/plain.h", "-w", "json", "-D", "X=1")  # with another define
    project.populate("include/plain.h", "-w", "json", "--writer-opt", "json:indent=1")
    project.write("include/part.inc", "typedef struct { int a; } part_t;\n")
    project.populate()
    # Of what is current, one entry is damaged.
    (current,) = (path for path in project.root.glob(".headerkit/output/cffi/*/output.*") if "long" not in path.read_text())
    current.write_text("int nonsense;\n")
    dry = prune(project, "--dry-run")
    whole = size(project)
    states = [row["state"] for row in dry["removed"]]
    assert {state: states.count(state) for state in states} == {"unused": 6, "stale": 9, "corrupt": 1}
    assert any("no header `include/other.h` is configured" in row["reason"] for row in dry["removed"])
    assert any("the writer `lua`" in row["reason"] for row in dry["removed"])
    assert any("other defines" in row["reason"] for row in dry["removed"])
    assert any("other options" in row["reason"] for row in dry["removed"])
    assert any("`include/part.inc` was edited" in row["reason"] for row in dry["removed"])
    assert size(project) == whole, "a dry run removes nothing"
    real = prune(project)
    assert real["removed"] == dry["removed"] and real["dry_run"] is False
    assert size(project) == whole - real["bytes"]
    assert count(project) == {"ir": 1, "output/json": 1}
    assert not project.exists(".headerkit/output/lua") and not project.exists(".headerkit/output/cffi")
    project.cli("store", "verify")
    project.cli("generate")  # cffi from the stored IR
    assert count(project) == {"ir": 1, "output/cffi": 1, "output/json": 1}


def test_the_stub_beside_a_ctypes_module_stays(made):
    project = made(PLAIN.replace('"json"', '"ctypes"'))
    assert prune(project)["removed"] == []


def test_another_targets_entries_that_are_stale_here_stay_if_only_outer_files_differ(project, tmp_path):
    """The other machine may have the very files that they were made from."""
    outer = tmp_path / "outer"
    outer.mkdir()
    header = outer / "outer.h"
    header.write_text("int outer(void);\n")
    made = project("flit_core", headerkit='[tool.headerkit]\nwriters = ["json"]\n[tool.headerkit.headers."${OUTER}/outer.h"]\n')
    env = {"OUTER": str(outer)}
    made.populate("--target", OTHERS[0], **env)
    made.populate(**env)
    header.write_text("int outer(int a);\n")
    assert json.loads(made.cli("cache", "prune", "--json", **env).out)["removed"] == []
    made.populate(**env)
    # Now there is something better for this machine, and still nothing for the other one.
    removed = json.loads(made.cli("cache", "prune", "--json", **env).out)["removed"]
    assert len(removed) == 2 and all(NATIVE in row["entry"] for row in removed)
    # Without the variable nothing can be known.
    before = made.snapshot()
    assert_clear(made.cli("cache", "prune", check=False), "OUTER")
    assert made.snapshot() == before


@pytest.mark.parametrize(
    "text, says",
    [
        ("[tool.headerkit\n", "pyproject.toml"),
        (PLAIN + 'writters = ["cffi"]\n', "pyproject.toml"),
        (PLAIN.replace("plain.h", "gone.h"), "include/gone.h"),
        ("[tool.headerkit]\n", "cache clear"),
    ],
)
def test_nothing_is_removed_if_it_is_not_known_what_is_needed(made, text, says):
    project = made()
    project.configure(text)
    before = project.snapshot()
    assert_clear(project.cli("cache", "prune", check=False), says)
    assert project.snapshot() == before


def test_what_a_later_release_wrote_and_what_a_person_put_there_stays(made):
    project = made()
    (metadata,) = project.root.glob(".headerkit/ir/*macos*/metadata.json")
    metadata.write_text(metadata.read_text().replace('"format": 1', '"format": 2'))
    project.write(".headerkit/ir/notes/README", "mine\n")
    result = project.cli("cache", "prune")
    assert "newer release" in result.err and metadata.exists() and project.exists(".headerkit/ir/notes/README")
    # What lost its metadata is an entry nevertheless.
    metadata.unlink()
    assert len(prune(project)["removed"]) == 1 and not metadata.parent.exists()


# Status


def terminal(project, columns, *arguments, **env):
    """What a command shows on a terminal of that width."""
    import fcntl
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = project.tools.environment(False, TERM="xterm", **env)
    process = subprocess.Popen(
        [project.tools.binary, *arguments], cwd=project.root, env=environment, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    text = read_terminal(ours)
    assert process.wait() == 0, text.decode()
    return text.decode().replace("\r\n", "\n")


def test_the_matrix_adapts_to_the_terminal(made):
    project = made(PLAIN + '[tool.headerkit.cache.populate]\nplatforms = ["windows/amd64"]\n')
    wide = terminal(project, 120, "cache", "status", NO_COLOR="1")
    head = "{:23}{}  x86_64-windows-msvc  aarch64-linux-gnu  aarch64-macos\n".format("", NATIVE)
    assert head in wide and "\x1b" not in wide
    assert re.search(r"include/plain.h  json  current +missing +current +current", wide)
    narrow = terminal(project, 40, "cache", "status", NO_COLOR="1")
    assert "include/plain.h  json  +  -  +  +\n" in narrow and "\n2  x86_64-windows-msvc\n" in narrow
    assert narrow.endswith("+ current   - missing\n")
    least = terminal(project, 20, "cache", "status", NO_COLOR="1")
    assert "include/plain.h  json  missing    x86_64-windows-msvc\n" in least
    # Where it is no terminal, the same list, each state on one line and never in color.
    piped = project.cli("cache", "status").out
    assert piped.split() == least.split() and NATIVE + ", aarch64-linux-gnu, aarch64-macos\n" in piped
    colored = terminal(project, 120, "cache", "status", NO_COLOR=None)
    assert re.sub("\x1b\\[[0-9;]*m", "", colored) == wide != colored


def test_status_for_scripts(made):
    project = made()
    answer = json.loads(project.cli("cache", "status", "--json").out)
    assert {row["layer"]: row["entries"] for row in answer["layers"]} == {"ir": 3, "output/cffi": 3, "output/json": 3}
    assert {(row["writer"], row["target"], row["state"]) for row in answer["outputs"]} == {
        (writer, target, "current") for writer in ("cffi", "json") for target in [NATIVE, *OTHERS]
    }
    # A store can be counted whatever the headers of the project are like.
    (project.root / "include/plain.h").unlink()
    result = project.cli("cache", "status", "--json")
    assert json.loads(result.out)["layers"] == answer["layers"] and "include/plain.h" in result.err
