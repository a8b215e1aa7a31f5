"""`completions`: the scripts as their shells run them; and `--help`, which is where one looks first."""

import shutil

import pytest

from project import run

COMMANDS = ["generate", "hook", "check", "diff", "cache", "store", "inspect", "init", "doctor", "install-libclang",
            "completions"]


@pytest.fixture
def command(tools, tmp_path):
    env = tools.environment(libclang=None)
    return lambda *arguments: run(tools.binary, *arguments, cwd=tmp_path, env=env)


def test_bash_completes(tools, command, tmp_path):
    (tmp_path / "script").write_text(command("completions", "bash").out)
    ask = """
    source ./script
    COMP_WORDS=({}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
    _headerkit_backend {}
    printf '%s\\n' "${{COMPREPLY[@]}}"
    """

    def complete(*words):
        line = "headerkit-backend " + " ".join("'{}'".format(word) for word in words)
        result = run("bash", "-c", ask.format(line, tools.binary), cwd=tmp_path, env=tools.environment(libclang=None))
        return result.out.split()

    assert set(COMMANDS) <= set(complete(""))
    assert complete("gen") == ["generate"]
    assert "worker" not in complete("w")
    assert {"cffi", "ctypes", "json"} <= set(complete("generate", "-w", ""))
    assert complete("include/a.h", "--inc") == ["--include-dir"]
    assert complete("cache", "cl") == ["clear"]
    assert complete("diff", "--format", "m") == ["markdown"]
    assert complete("completions", "fi") == ["fish"]
    assert complete("cache", "populate", "--platform", "macos/") == ["macos/amd64", "macos/arm64"]
    assert complete("generate", "--target", "aarch64-l") == ["aarch64-linux-gnu", "aarch64-linux-musl"]
    assert complete("check", "--target", "s390x") == ["s390x-linux-gnu", "s390x-linux-musl"]
    assert complete("generate", "include/") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_scripts_are_the_shells(command, tmp_path, shell):
    """Syntax as the shell sees it; a shell that is not installed cannot say."""
    text = command("completions", shell).out
    if not shutil.which(shell):
        pytest.skip("{} is not installed".format(shell))
    (tmp_path / "script").write_text(text)
    run(shell, "-n", tmp_path / "script", cwd=tmp_path)


def test_fish_completes(tools, command, tmp_path):
    if not shutil.which("fish"):
        pytest.skip("fish is not installed")
    (tmp_path / "script").write_text(command("completions", "fish").out)

    def complete(line):
        ask = "source ./script; complete -C '{}'".format(line)
        return run("fish", "-c", ask, cwd=tmp_path, env=tools.environment(libclang=None)).out.splitlines()

    assert [line.split("\t")[0] for line in complete("headerkit-backend gen")] == ["generate"]
    assert {"cffi", "cython"} <= {line.strip() for line in complete("headerkit-backend generate -w c")}
    assert complete("headerkit-backend generate --inc")[0].startswith("--include-dir\tInclude directory")


def test_powershell_gets_a_completer(command):
    assert "Register-ArgumentCompleter -Native -CommandName headerkit-backend" in command("completions", "powershell").out


def test_the_manual_page_is_clean(command, tmp_path):
    page = tmp_path / "headerkit-backend.1"
    page.write_text(command("completions", "man").out)
    if not shutil.which("man"):
        pytest.skip("man is not installed")
    result = run("man", "--warnings", "-l", page, cwd=tmp_path)
    assert result.err == ""
    assert all(name.upper() in result.out for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_short_and_long_help(command, name):
    short, long = command(name, "-h").out, command(name, "--help").out
    assert "Examples:" in long and "Examples:" not in short
    assert len(short) < len(long)


def test_the_writers_are_named(command):
    listed = next(line for line in command("-h").out.splitlines() if "Writer to run" in line)
    assert all(name in listed for name in ("cffi", "ctypes", "cython", "json", "lua", "prompt", "diff"))
