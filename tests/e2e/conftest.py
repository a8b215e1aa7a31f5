"""What the end-to-end tests share: our wheels, an environment that has them, projects."""

import os
import signal
import subprocess
import sys
import sysconfig
import venv
from contextlib import contextmanager
from pathlib import Path

import pytest

from inners import BY_NAME
from project import DEMO_H, IGNORED, TYPES_H, Project, Tools, run

ROOT = Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
# A shell that starts this in the background has it ignored, for all that is started here too.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def shared(tmp_path_factory, worker_id):
    """A directory that all workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


def pytest_configure(config):
    """Without our wheels and libclang nothing can be tested: said once, not by every test."""
    folder = wheels_folder()
    if len(list(folder.glob("headerkit_backend-*.whl"))) != 1 or len(list(folder.glob("headerkit-*.whl"))) != 1:
        raise pytest.UsageError(
            "{} must hold one wheel each of headerkit-backend and headerkit: run tests/run".format(folder)
        )
    if len(libclangs()) != 1:
        raise pytest.UsageError("the tests need the libclang-ng of tests/requirements.txt: run tests/run")


def pytest_terminal_summary(terminalreporter):
    """Says whether there were real containers: a stand-in proves less."""
    counts = {}
    for outcome in ("passed", "failed", "skipped"):
        for report in terminalreporter.stats.get(outcome, []):
            is_real = "test_containers.py" in report.nodeid and "[real" in report.nodeid
            if is_real or "test_cibuildwheel.py" in report.nodeid:
                counts[outcome] = counts.get(outcome, 0) + 1
    if counts:
        told = ", ".join("{} {}".format(number, outcome) for outcome, number in counts.items())
        terminalreporter.write_line("tests with real containers: " + told)


def wheels_folder():
    return Path(os.environ.get("HEADERKIT_WHEELS") or ROOT / "target" / "wheels").resolve()


def libclangs():
    native = Path(sysconfig.get_path("purelib")) / "clang" / "native"
    return [path for path in native.glob("libclang.*") if path.is_file()]


@pytest.fixture(scope="session")
def wheels():
    """The folder with our two wheels."""
    return wheels_folder()


@pytest.fixture(scope="session")
def tools(shared, wheels):
    """An interpreter that has our wheels and, by a path file, all that this interpreter has."""
    folder = shared / "tools"
    with locked(shared / "tools.lock"):
        if not (folder / "complete").exists():
            make_environment(folder)
            ours = [*wheels.glob("headerkit_backend-*.whl"), *wheels.glob("headerkit-*.whl")]
            pip = [sys.executable, "-m", "pip", "--python", python_of(folder)]
            run(*pip, "install", "--quiet", "--no-deps", "--no-index", "--no-cache-dir", *ours)
            (folder / "complete").touch()
    return Tools(wheels, python_of(folder), libclangs()[0])


def make_environment(folder, *parents):
    """A virtual environment that also sees what this interpreter and `parents` have."""
    venv.create(folder, symlinks=os.name != "nt")
    query = [python_of(folder), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    site = Path(subprocess.check_output(query, text=True).strip())
    (site / "shared.pth").write_text("\n".join([*map(str, parents), sysconfig.get_path("purelib"), ""]))


def python_of(folder):
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


@contextmanager
def locked(path):
    import fcntl

    with open(path, "w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


@pytest.fixture
def new_venv(tools, tmp_path):
    """An empty environment that sees the tools, to install something into."""

    def make(name="venv"):
        folder = tmp_path / name
        tools_site = next((tools.python.parent.parent / "lib").glob("python3*")) / "site-packages"
        make_environment(folder, tools_site)
        return python_of(folder)

    return make


@pytest.fixture
def project(tools, tmp_path):
    """Makes consumer projects: two headers, a package, the configuration that writes three outputs."""

    def make(inner="hatchling", name="project", **configuration):
        made = Project(tmp_path / name, tools, BY_NAME[inner])
        made.write("include/demo.h", DEMO_H)
        made.write("include/detail/types.h", TYPES_H)
        made.write("src/demo/__init__.py", '"""A demo."""\n')
        made.write("README.md", "# demo\n")
        made.write(".gitignore", IGNORED)
        for path, text in made.inner.files.items():
            made.write(path, text)
        made.configure(**configuration)
        return made

    return make
