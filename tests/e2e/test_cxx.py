"""C++ headers: Cython compiles the .pxd, calls what it declares, and gets the right results."""

import shutil
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "oracles"))

import cxx_oracle  # noqa: E402

OWN = sorted(cxx_oracle.HEADERS.glob("*.hpp"))
# Name: the header, below an include directory, and the library to link.
REAL = {
    "tinyxml2": ("tinyxml2.h", "tinyxml2"),
    "pugixml": ("pugixml.hpp", "pugixml"),
    "jsoncpp": ("jsoncpp/json/json.h", "jsoncpp"),
    "re2": ("re2/re2.h", "re2"),
    "leveldb": ("leveldb/db.h", "leveldb"),
}

needs_compiler = pytest.mark.skipif(shutil.which("g++") is None, reason="g++ is not installed")


@needs_compiler
@pytest.mark.parametrize("header", OWN, ids=lambda header: header.stem)
def test_own_headers(header, tools, tmp_path):
    env = tools.environment(libclang=True)
    problem = cxx_oracle.check(tools.binary, header, header.with_suffix(".pyx"), tmp_path, env=env)
    assert not problem


@needs_compiler
@pytest.mark.parametrize("name", sorted(REAL))
def test_real_headers(name, tools, tmp_path):
    below, library = REAL[name]
    header = Path("/usr/include") / below
    if not header.is_file():
        pytest.skip("{} is not installed".format(header))
    source = cxx_oracle.HEADERS / "real" / (name + ".pyx")
    flags = ["-I/usr/include", "-I/usr/include/jsoncpp"]
    env = tools.environment(libclang=True)
    problem = cxx_oracle.check(
        tools.binary, header, source, tmp_path, [library], flags, ["--backend-arg=-xc++"], env=env
    )
    assert not problem
