"""One feature per header: the parsed IR is as expected, and every writer's consumer agrees with the compiler."""

import importlib.util
import sys
from pathlib import Path

import pytest

PLACE = Path(__file__).resolve().parents[1] / "headers" / "features.py"
spec = importlib.util.spec_from_file_location("feature_headers", PLACE)
headers = importlib.util.module_from_spec(spec)
spec.loader.exec_module(headers)


@pytest.fixture(scope="module")
def setting(tools):
    made = headers.judge.Setting(str(tools.binary), sys.executable, headers.judge.WRITERS, None)
    made.environment = tools.environment(libclang=True)
    return made


@pytest.mark.parametrize("name", headers.HEADERS)
def test_header(name, setting):
    assert headers.check(name, setting) == []


def test_every_expectation_has_its_header():
    expectations = {path.name[: -len(".ir.json")] for path in (PLACE.parent / "expectations").glob("*.ir.json")}
    assert expectations == set(headers.HEADERS)


def test_no_header_includes_the_systems():
    for path in (PLACE.parent / "c").rglob("*.h"):
        assert "#include <" not in path.read_text(encoding="utf-8"), path
