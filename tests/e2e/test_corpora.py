"""The commands that check whole collections: random records, and the comparison with the Python headerkit."""

import os
import sys
from pathlib import Path

import pytest

from project import run

TESTS = Path(__file__).resolve().parents[1]


def test_random_records(tools):
    """Prints the seeds of those that differ; a run in CI has new ones each time."""
    command = [sys.executable, TESTS / "random" / "generate.py", "--binary", tools.binary, "--python", sys.executable]
    assert "0 headers differ" in run(*command, "--records", "3000", env=environment(tools)).out


def test_differences_from_the_python_headerkit_are_known(tools):
    command = [sys.executable, TESTS / "differential" / "run.py", "--binary", tools.binary]
    run(*command, env=environment(tools), timeout=900)


@pytest.mark.skipif(sys.platform != "linux", reason="the reference is gcc with the headers of Debian")
def test_real_headers_are_right_for_every_writer(tools):
    """The headers that tests/corpus marks for CI; `tests/corpus/run.py` without `--ci` takes all."""
    command = [sys.executable, TESTS / "corpus" / "run.py", "--ci", "--binary", tools.binary, "--python", sys.executable]
    run(*command, env=environment(tools), timeout=1800)


def environment(tools):
    return dict(tools.environment(libclang=True), HEADERKIT_TEST_PYTHON=sys.executable, **target())


def target():
    return {name: os.environ[name] for name in ("CARGO_TARGET_DIR",) if name in os.environ}
