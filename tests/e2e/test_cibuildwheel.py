"""The real cibuildwheel with real containers: the store leaves the container by a volume, is collected and merged, and
serves builds without libclang. The consumer has no extension module.

The engine is the podman or docker on PATH; HEADERKIT_TEST_ENGINE_WRAPPER names a program to run cibuildwheel with, where
the engine needs one, and HEADERKIT_TEST_IMAGE an image that cibuildwheel accepts.
"""

import os
import shlex
import shutil
import subprocess
import sys
import zipfile
from textwrap import dedent

import pytest

from containers import IMAGE
from project import run

WRAPPER = shlex.split(os.environ.get("HEADERKIT_TEST_ENGINE_WRAPPER", ""))
HEADERKIT = """\
[tool.headerkit]
store_dir = "${HEADERKIT_STORE_DIR}"
include_dirs = ["include"]
[tool.headerkit.headers."include/demo.h"]
[tool.headerkit.output]
ctypes = "src/demo/_{stem}_ctypes.py"
json = "src/demo/{stem}.json"
"""
TAG = '[tool.headerkit.wheel]\ntag = "platform"\n'


def usable_engine():
    """An engine that runs the image, which must have cibuildwheel's Pythons; else why there is none."""
    if sys.version_info < (3, 11):
        return None, "cibuildwheel 4 needs Python 3.11"
    reasons = []
    for name in ("podman", "docker"):
        if not shutil.which(name):
            reasons.append(name + " is not on PATH")
            continue
        command = [*WRAPPER, name, "run", "--rm", IMAGE, "ls", "-d", "/opt/python/cp312-cp312", "/opt/python/cp313-cp313"]
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        if not done.returncode:
            return name, ""
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        reasons.append("{} with {}: {}".format(name, IMAGE, said[-1] if said else done.returncode))
    return None, "; ".join(reasons)


@pytest.fixture(scope="module")
def engine():
    name, why_not = usable_engine()
    if not name:
        pytest.skip("no real containers for cibuildwheel: " + why_not)
    print("real containers, by way of", name)
    return name


@pytest.fixture
def consumer(project, tools, engine, tmp_path):
    """A project with the recipe of the README, and the folder that its volume is."""
    store = tmp_path / "headerkit-store"
    store.mkdir()

    def make(tables, repair='repair-wheel-command = ""', headerkit=HEADERKIT):
        made = project()
        network = '"--network=host", ' if engine == "podman" else ""
        recipe = """\
            [tool.cibuildwheel]
            build = "cp312-* cp313-*"
            skip = "*-musllinux_*"
            archs = "x86_64"
            manylinux-x86_64-image = "{image}"
            {repair}
            test-command = "python -c 'import demo._demo_ctypes as m; assert m.DEMO_VERSION == 3'"
            [tool.cibuildwheel.linux]
            container-engine = {{ name = "{engine}", create-args = [
                {network}"--volume", "{store}:/headerkit-store", "--volume", "{wheels}:/our-wheels:ro",
            ], disable-host-mount = true }}
            environment = {{ HEADERKIT_STORE_DIR = "/headerkit-store", PIP_FIND_LINKS = "/our-wheels"{certificates} }}
            """
        certificates = ""
        if os.path.exists("/etc/ssl/certs/ca-certificates.crt") and "PIP_CERT" in os.environ:
            certificates = ', PIP_CERT = "/etc/ssl/certs/ca-certificates.crt"'
        recipe = dedent(recipe).format(image=IMAGE, repair=repair, engine=engine, network=network, store=store,
                                       wheels=tools.wheels, certificates=certificates)
        made.configure(headerkit + tables + recipe)
        return made, store

    return make


def cibuildwheel(made, out, check=True):
    env = made.tools.environment(libclang=None, HEADERKIT_STORE_DIR=".headerkit")
    command = [*WRAPPER, sys.executable, "-m", "cibuildwheel", "--platform", "linux", "--output-dir", out, "."]
    return run(*command, cwd=made.root, env=env, check=check, timeout=900)


def test_the_recipe_works(tools, consumer, tmp_path):
    made, store = consumer(TAG)
    done = cibuildwheel(made, tmp_path / "dist")
    print(done.out)
    # One wheel serves both interpreters: the second one finds it and only runs the tests.
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    assert wheel.name == "demo-1.0.0-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert "demo/_demo_ctypes.py" in names and not [name for name in names if ".headerkit" in name]
    # The container is gone, what it stored is not; and nothing was written into the project.
    assert list(store.glob("ir/*/ir.json")) and not made.exists(".headerkit")
    made.cli("store", "merge", store, "-o", ".headerkit")
    env = {"HEADERKIT_STORE_DIR": ".headerkit"}
    made.cli("store", "verify", **env)
    hit = made.cli("generate", "--target", "x86_64-linux-gnu", "-v", libclang=False, **env)
    assert "miss" not in hit.err and made.exists("src/demo/_demo_ctypes.py")
    made.cli("check", "--target", "x86_64-linux-gnu", **env)
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read("demo/_demo_ctypes.py").decode() == made.read("src/demo/_demo_ctypes.py")


def test_the_default_repair_command_refuses_what_has_no_compiled_code(consumer, tmp_path):
    made, _ = consumer(TAG, repair="")
    done = cibuildwheel(made, tmp_path / "dist", check=False)
    assert done.code and "Successfully built demo-1.0.0-py3-none-manylinux" in done.out, done
    assert "auditwheel repair" in done.out and not list(tmp_path.glob("dist/*.whl")), done


def test_a_command_before_all_fills_the_store_once_per_container(consumer, tmp_path):
    before = 'before-all = "pip install headerkit==1.0.0 libclang-ng && headerkit --store-dir /headerkit-store ' \
             '{project}/include/*.h -w cffi"\nrepair-wheel-command = ""\n'
    plain = HEADERKIT.replace('store_dir = "${HEADERKIT_STORE_DIR}"\n', "")
    made, store = consumer(TAG, repair=before, headerkit=plain)
    cibuildwheel(made, tmp_path / "dist")
    assert len(list(tmp_path.glob("dist/*.whl"))) == 1
    assert list(store.glob("output/cffi/*/output.txt"))
