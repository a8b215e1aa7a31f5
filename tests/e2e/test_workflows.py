"""Our workflows, and those that users copy from `examples/github`: actionlint accepts them, and their commands exist."""

import os
import re
import shutil
import sys
from pathlib import Path

import pytest
import yaml

from project import run

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples" / "github"
OURS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
THEIRS = sorted((EXAMPLES / "workflows").glob("*.yml"))
ACTIONS = sorted((EXAMPLES / "actions").glob("*/action.yml"))


@pytest.fixture
def actionlint():
    program = shutil.which("actionlint", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    assert program, "tests/requirements.txt brings it"
    return program


def test_they_are_all_here():
    assert {path.stem for path in OURS} == {"ci", "release"}
    assert {path.stem for path in THEIRS} == {"cibuildwheel", "gate", "store"}
    assert [path.parent.name for path in ACTIONS] == ["check-bindings"]


def test_ours_are_valid(actionlint):
    run(actionlint, "-no-color", *OURS, cwd=ROOT)


def test_the_examples_are_valid_where_users_put_them(actionlint, tmp_path):
    shutil.copytree(EXAMPLES, tmp_path / ".github")
    run("git", "init", "-q", cwd=tmp_path)
    done = run(actionlint, "-no-color", cwd=tmp_path, check=False)
    assert not done.code, done
    # The linter does look: a step that names no such action and an expression of nothing are found.
    broken = tmp_path / ".github" / "workflows" / "gate.yml"
    broken.write_text(broken.read_text().replace("./.github/actions/check-bindings", "./.github/actions/nowhere")
                      .replace("runs-on: ubuntu-latest", "runs-on: ${{ matrix.nothing }}"))
    assert run(actionlint, "-no-color", cwd=tmp_path, check=False).code == 1


def steps(document):
    for job in document.get("jobs", {}).values():
        yield from job["steps"]
    yield from document.get("runs", {}).get("steps", [])


@pytest.mark.parametrize("path", OURS + THEIRS + ACTIONS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_commands_exist_and_nobody_else_s_text_is_code(tools, path):
    document = yaml.safe_load(path.read_text())
    commands = 0
    for step in steps(document):
        text = step.get("run", "")
        assert "${{" not in text, "an expression in a script is an injection: pass it through `env`"
        for command in re.findall(r"headerkit-backend\"? ((?:cache|store) \w+|check|generate|doctor)(?=[ \n]|$)", text):
            run(tools.binary, *command.split(), "--help")
            commands += 1
        for flag in re.findall(r"headerkit-backend.*? (--[a-z-]+)", text):
            assert flag in {"--version", "--engine", "--platform", "--store-dir", "--target", "--no-deps", "--no-index"}, flag
    if EXAMPLES in path.parents:
        assert commands
    if "jobs" in document:
        assert document["permissions"] == {"contents": "read"}, "a job that needs more says so itself"


def test_the_gate_fails_on_a_stale_store(tools, project):
    """What the composite action runs, run here."""
    made = project()
    made.populate()
    (action,) = ACTIONS
    scripts = [step["run"] for step in yaml.safe_load(action.read_text())["runs"]["steps"] if "pip install" not in step["run"]]

    def gate(targets):
        env = tools.environment(libclang=False, TARGETS=targets)
        return [run("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script, cwd=made.root, env=env, check=False).code
                for script in scripts]

    assert gate("") == [0, 0] and gate("\nx86_64-linux-gnu\n") == [0, 0]
    assert gate("x86_64-linux-gnu aarch64-macos") == [0, 1]
    made.write("include/detail/types.h", "#pragma once\ntypedef float demo_coord;\n")
    assert gate("") == [0, 1]
