"""`install-libclang`: a managed copy for the user, from the package index, verified, and found afterwards."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from project import assert_clear, run

# The oldest version that the tests of other things use as well; any will do.
VERSION = "19.1.7.2"
INSTALLED = "headerkit-backend/libclang/clang/native"


@pytest.fixture
def install(tools, tmp_path):
    """Runs the command with a data directory of its own, and no other libclang in the environment."""
    binary = tmp_path / "bin" / "headerkit-backend"
    binary.parent.mkdir()
    shutil.copy2(tools.binary, binary)

    def call(*arguments, check=True, **extra):
        extra.setdefault("HEADERKIT_PYTHON", sys.executable)
        env = tools.environment(libclang=None, XDG_DATA_HOME=str(tmp_path / "data"), **extra)
        return run(binary, *arguments, cwd=tmp_path, env=env, check=check)

    return call


def test_it_is_installed_found_and_removed(install, tmp_path):
    (tmp_path / "a.h").write_text("int f(void);\n")
    first = install("install-libclang", "--version", VERSION)
    assert "installed libclang-ng==" + VERSION in first.err
    assert [path.name for path in (tmp_path / "data/headerkit-backend").iterdir()] == ["libclang"]
    report = install("doctor", "--no-config", check=False)
    assert "library: {}".format(tmp_path / "data" / INSTALLED) in report.out, str(report)
    assert "int f(void);" in install("a.h", "-w", "cffi", "--no-config").out
    library = next((tmp_path / "data" / INSTALLED).glob("libclang.*"))
    before = library.stat().st_ino
    again = install("install-libclang", "--version", VERSION)
    assert "there already" in again.err and library.stat().st_ino == before
    install("install-libclang", "--version", VERSION, "--force")
    assert library.stat().st_ino != before
    assert "removed" in install("install-libclang", "--uninstall").err
    assert list((tmp_path / "data/headerkit-backend").iterdir()) == []
    assert "no managed" in install("install-libclang", "--uninstall").err


def test_uv_serves_where_pip_is_not(install, tmp_path):
    if not shutil.which("uv", path=str(Path(sys.executable).parent) + os.pathsep + os.environ["PATH"]):
        pytest.fail("the tests need uv")
    assert "installed" in install("install-libclang", HEADERKIT_PYTHON=without_pip(tmp_path)).err
    assert list((tmp_path / "data" / INSTALLED).glob("libclang.*"))


def test_without_pip_and_uv_both_are_named(install, tmp_path):
    result = install("install-libclang", check=False, HEADERKIT_PYTHON=without_pip(tmp_path), PATH="/usr/bin:/bin")
    assert_clear(result, "no pip", "no uv", "ensurepip", "--system")


def test_a_failed_download_leaves_nothing(install, tmp_path):
    closed = "http://127.0.0.1:9/simple"
    result = install(
        "install-libclang", check=False, PIP_INDEX_URL=closed, PIP_RETRIES="0", PIP_NO_INDEX=None, PIP_FIND_LINKS=None
    )
    assert_clear(result, "pip could not install libclang-ng==", "network")
    assert list((tmp_path / "data/headerkit-backend").iterdir()) == []


def test_a_wheel_that_is_not_what_the_index_says_is_refused(install, tmp_path):
    """An index of one page, whose digest is another file's."""
    name = "libclang_ng-{}-py3-none-any.whl".format(VERSION)
    page = tmp_path / "index" / "libclang-ng" / "index.html"
    page.parent.mkdir(parents=True)
    (page.parent / name).write_bytes(b"not the wheel")
    page.write_text('<a href="{0}#sha256={1}">{0}</a>'.format(name, "0" * 64))
    result = install(
        "install-libclang", "--version", VERSION, check=False, PIP_INDEX_URL=(tmp_path / "index").as_uri(),
        PIP_NO_CACHE_DIR="1",
    )
    assert_clear(result, "pip could not install", "0" * 64)
    assert list((tmp_path / "data/headerkit-backend").iterdir()) == []


def test_the_system_is_only_touched_when_asked(install, tmp_path):
    fake = tmp_path / "fake"
    fake.mkdir()
    for name in ("apt-get", "sudo"):
        (fake / name).write_text('#!/bin/sh\necho "$0 $@" >> {}/said\nexit $STATUS\n'.format(tmp_path))
        (fake / name).chmod(0o755)
    path = "{}:/usr/bin:/bin".format(fake)
    result = install("install-libclang", "--system", PATH=path, STATUS="0")
    assert "+ apt-get install -y libclang-dev" in result.err or "+ sudo apt-get" in result.err
    assert "install -y libclang-dev" in (tmp_path / "said").read_text()
    failed = install("install-libclang", "--system", check=False, PATH=path, STATUS="100")
    assert_clear(failed, "apt-get install -y libclang-dev` failed")


def without_pip(tmp_path):
    """A Python that has no pip."""
    import venv

    venv.create(tmp_path / "bare", symlinks=os.name != "nt", with_pip=False)
    return str(tmp_path / "bare" / "bin" / "python")
