"""The README is true: its tables are valid configuration and its commands exist."""

import re
import shlex
from pathlib import Path

import pytest

from project import front_end, members, only

try:
    import tomllib
except ModuleNotFoundError:
    import tomli as tomllib

README = Path(__file__).resolve().parents[2] / "README.md"
TEXT = README.read_text(encoding="utf-8")
COMMANDS = ("headerkit-backend ", "headerkit ", "python -m headerkit", "python3 -m headerkit")


def blocks(*languages):
    """Fenced blocks of these languages, each with its line number."""
    found = []
    for match in re.finditer(r"^```(\w*)[^\n]*\n(.*?)^```", TEXT, re.M | re.S):
        if match[1] in languages:
            found.append(pytest.param(match[2], id="line {}".format(TEXT.count("\n", 0, match.start()) + 1)))
    return found


def commands():
    """Our own commands in fenced blocks, without prompts, comments and explanations behind two spaces;
    continuation lines joined."""
    found = set()
    for block in blocks("sh", "bash", "console", "shell", ""):
        for line in re.sub(r"\\\n\s*", "", block.values[0]).splitlines():
            line = re.split(r"\s{2,}|\s\[", line.strip().removeprefix("$ "))[0]
            if line.startswith(COMMANDS):
                found.add(line)
    return sorted(found)


@pytest.mark.parametrize("text", blocks("toml"))
def test_tables_are_valid_configuration(text, project):
    """Every TOML block parses; one that configures us is accepted by our own reader."""
    tables = tomllib.loads(text)
    ours = tables.get("tool", {}).get("headerkit")
    if ours is None:
        return
    made = project("hatchling")
    headers = ours.get("headers", [])
    for pattern in headers if isinstance(headers, dict) else [table["pattern"] for table in headers]:
        made.write(pattern.replace("**/", "").replace("*", "any"), "int found;\n")
    if "build-system" not in tables:
        text = '[build-system]\nrequires = ["headerkit-backend", "hatchling"]\n' + text
    made.write("pyproject.toml", text)
    variables = {name: "x" for name in re.findall(r"(?<!\$)\$\{(\w+)\}", text)}
    made.cli("inspect", "config", **variables)


@pytest.mark.parametrize("line", commands())
def test_commands_exist(line, project):
    """Every command and every option that the README shows is known: `--help` beside them succeeds."""
    words = shlex.split(line, comments=True)
    words = words[3:] if words[0].startswith("python") else words[1:]
    shown = project("hatchling").cli(*words, "--help", check=False)
    assert shown.code == 0, str(shown)


def test_quick_start_works(project, tmp_path):
    """The first table, to the letter: generate, commit, build."""
    (text, *_) = (block.values[0] for block in blocks("toml"))
    made = project("hatchling")
    (header,) = tomllib.loads(text)["tool"]["headerkit"]["headers"]
    made.write(header, "int mylib_add(int a, int b);\n")
    made.write("src/mypkg/__init__.py", "")
    made.write("pyproject.toml", text)
    made.populate()
    made.git()
    clone = made.clone(tmp_path / "clone")
    front_end("pip", "wheel", clone, clone.root, tmp_path / "out")
    assert "mypkg/_mylib.py" in members(only(tmp_path / "out", "*.whl"))


def test_links_to_files_exist():
    """Relative links lead somewhere; `a[0](b)` is code."""
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", re.sub(r"`[^`]*`", "", TEXT)):
        assert (README.parent / target).exists(), target


def test_it_has_something_to_test():
    """A README without a table and a command would pass everything above."""
    assert blocks("toml") and commands()
