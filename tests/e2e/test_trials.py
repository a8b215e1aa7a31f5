"""Real packages of the package index with our backend; tests/trials/run.py tells what is done to them."""

import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).resolve().parents[1] / "trials" / "run.py"


@pytest.mark.parametrize("package", ["argon2-cffi-bindings", "MarkupSafe"])
def test_a_converted_package_passes_its_own_tests(package, wheels):
    command = [sys.executable, str(RUN), "--wheels", str(wheels), package]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0 and " passed" in done.stdout, done.stdout
