"""Ctrl-C and the progress on a terminal."""

import fcntl
import json
import os
import pty
import resource
import signal
import subprocess
import tarfile
import time

import pytest

from project import members, read_terminal

CONFIGURATION = """\
[tool.headerkit]
writers = ["cffi", "json"]
[tool.headerkit.headers."include/h*.h"]
"""


@pytest.fixture
def many(project):
    """A project whose headers take a while."""

    def make(number):
        made = project("flit_core", headerkit=CONFIGURATION)
        body = "".join("typedef struct {{ int a; long b[{0}]; }} t{0}; int f{0}(t{0} *p);\n".format(i + 1) for i in range(300))
        for index in range(number):
            made.write("include/h{}.h".format(index), "int only{}(void);\n".format(index) + body)
        return made

    return make


def left_over(folder):
    return [path for path in folder.rglob("*") if path.name.startswith((".tmp-", ".headerkit-", "headerkit-"))]


@pytest.mark.parametrize("to_group", [True, False], ids=["terminal", "kill"])
@pytest.mark.parametrize("command", [["generate"], ["cache", "populate", "--platform", "linux/arm64"]], ids=lambda c: c[-1])
def test_an_interrupted_run_leaves_nothing_behind(many, tmp_path, command, to_group):
    """The store verifies, no temporary file stays, no output is half there; and the next run goes on from there."""
    made = many(40)
    temporary = tmp_path / "temporary"
    interrupted = 0
    for milliseconds in (30, 150, 400, 800):
        temporary.mkdir(exist_ok=True)
        process = subprocess.Popen(
            [made.tools.binary, *command],
            cwd=made.root,
            env=made.tools.environment(True, TMPDIR=str(temporary)),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        time.sleep(milliseconds / 1000)
        if process.poll() is None:
            (os.killpg if to_group else os.kill)(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        # One that comes before the work has begun ends the process at once; one that comes after it, never.
        assert process.returncode in (0, 130, -signal.SIGINT), errors.decode()
        written = process.returncode == 0 and command == ["generate"]
        assert len(list(made.root.glob("include/*.json"))) == (40 if written else 0)
        if process.returncode == 130:
            interrupted += 1
            assert errors.decode().startswith("interrupted: "), errors.decode()
        assert not left_over(made.root) and not left_over(temporary)
        if made.exists(".headerkit"):
            made.cli("store", "verify")
        if process.returncode == 0:
            break
    assert interrupted, "none of the signals came in time"
    made.cli(*command, libclang=True)
    made.cli("store", "verify")
    assert len(made.entries("ir")) == 40


def test_a_second_one_ends_it_at_once(project, tmp_path):
    """A writer that does not end is not waited for."""
    started = tmp_path / "started"
    made = project(
        "flit_core",
        headerkit='[tool.headerkit.headers."include/demo.h"]\n[tool.headerkit.output]\nslow = "x.txt"\n'
        '[tool.headerkit.writer.slow]\ncommand = ["sh", "-c", "touch {}; exec sleep 100"]\n'.format(started),
    )
    process = subprocess.Popen(
        [made.tools.binary, "generate"], cwd=made.root, env=made.tools.environment(True), stderr=subprocess.DEVNULL
    )
    for _ in range(600):
        if started.exists():
            break
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 130


def on_terminal(made, *arguments, **env):
    """What a command shows on a terminal while its data goes elsewhere."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [made.tools.binary, *arguments],
        cwd=made.root,
        env=made.tools.environment(True, **dict({"TERM": "xterm"}, **env)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    shown = read_terminal(ours)
    return process.wait(), shown.decode()


def test_progress_is_shown_on_a_terminal_and_nowhere_else(many):
    """After a second, and it is gone at the end."""
    made = many(150)
    code, shown = on_terminal(made, "generate")
    assert code == 0, shown
    states = [line for line in shown.replace("\r", "\n").split("\n") if "/150 headers" in line]
    assert states, "it took less than a second, or nothing was shown:\n" + shown
    bar, _, rest = shown.rpartition("\r\x1b[K")
    assert bar and "/150 headers" not in rest and "processed 150 headers" in rest
    for arguments, env in ((["generate", "-q"], {}), (["generate"], {"TERM": "dumb"})):
        made.cli("cache", "clear")
        assert "/150 headers" not in on_terminal(made, *arguments, **env)[1]
    made.cli("cache", "clear")
    assert "/150 headers" not in made.populate().text
    assert json.loads(made.cli("check", "--json").out)["problems"] == []


def killed_while_writing(made):
    """A run whose process the system kills in the middle of an output; returns what it left."""
    process = subprocess.run(
        [made.tools.binary, "generate", "--no-cache"],
        cwd=made.root,
        env=made.tools.environment(True),
        # A file that grows beyond this ends the process, without a chance to tidy up.
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert process.returncode == -signal.SIGXFSZ
    (left,) = left_over(made.root / "src")
    assert left.parent == made.root / "src" / "demo"
    return left


ONE_OUTPUT = '[tool.headerkit.headers."include/demo.h"]\n[tool.headerkit.output]\nctypes = "src/demo/_demo.py"\n'


def test_what_a_killed_run_left_is_removed_by_the_next(project):
    """At once, and nothing else: not what a person called alike."""
    made = project("flit_core", headerkit=ONE_OUTPUT)
    left = killed_while_writing(made)
    alike = [made.write("src/demo/" + name, "mine") for name in (".headerkit-backup", ".headerkit-tmp-notes.txt")]
    made.populate()
    assert not left.exists() and all(path.read_text() == "mine" for path in alike)


@pytest.mark.parametrize("inner", ["hatchling", "setuptools", "flit_core"])
def test_no_archive_holds_what_is_not_finished(project, inner, tmp_path):
    """Neither what a killed run left, nor what another process is writing, which stays where it is."""
    made = project(inner, headerkit=ONE_OUTPUT)
    killed_while_writing(made)
    other = made.write("src/demo/.headerkit-tmp-abcdef", "half")
    with open(other, "a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        wheel = made.warm.build_wheel(tmp_path / "out", libclang=True).value
        sdist = made.warm.build_sdist(tmp_path / "out", libclang=True).value
    with tarfile.open(sdist) as archive:
        names = archive.getnames()
    assert "demo/_demo.py" in members(wheel) and any(name.endswith("src/demo/_demo.py") for name in names), names
    assert not [name for name in [*members(wheel), *names] if ".headerkit-tmp-" in name]
    assert left_over(made.root / "src") == [other]
    made.populate()
    assert not other.exists()
