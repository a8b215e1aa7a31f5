"""Inner backends that behave as real ones do at their worst."""

import json
import shutil
import zipfile

import pytest

from inners import Inner
from project import HEADERKIT, IN_WHEEL, assert_clear, check_record, front_end, members, only, run

# A complete inner backend in one file, without optional hooks.
BARE = '''\
import base64, hashlib, io, os, sys, zipfile

LOG = os.environ.get("INNER_LOG")


def log(*what):
    if LOG:
        with open(LOG, "a") as stream:
            print(*map(repr, what), file=stream)


def make(directory, files):
    name = "demo-1.0.0-py3-none-any.whl"
    info = "demo-1.0.0.dist-info/"
    files = dict(files)
    files[info + "METADATA"] = "Metadata-Version: 2.1\\nName: demo\\nVersion: 1.0.0\\n"
    files[info + "WHEEL"] = "Wheel-Version: 1.0\\nGenerator: bare\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    record = ""
    with zipfile.ZipFile(os.path.join(directory, name), "w") as archive:
        for path, text in files.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            record += "%s,sha256=%s,%d\\n" % (path, digest, len(text.encode()))
            archive.writestr(path, text)
        archive.writestr(info + "RECORD", record + info + "RECORD,,\\n")
    return name


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    log("build_wheel", config_settings, metadata_directory)
    with open("src/demo/__init__.py") as stream:
        return make(wheel_directory, {"demo/__init__.py": stream.read()})


def build_sdist(sdist_directory, config_settings=None):
    import tarfile
    log("build_sdist", config_settings)
    name = "demo-1.0.0.tar.gz"
    with tarfile.open(os.path.join(sdist_directory, name), "w:gz") as archive:
        archive.add("pyproject.toml", "demo-1.0.0/pyproject.toml")
        archive.add("src", "demo-1.0.0/src")
        archive.add("_build", "demo-1.0.0/_build")
        text = b"Metadata-Version: 2.1\\nName: demo\\nVersion: 1.0.0\\n"
        entry = tarfile.TarInfo("demo-1.0.0/PKG-INFO")
        entry.size = len(text)
        archive.addfile(entry, io.BytesIO(text))
    return name
'''
IN_TREE = Inner("in-tree", "inner", ())
IN_TREE_CONFIG = HEADERKIT.replace(
    "[tool.headerkit]\n", '[tool.headerkit]\ninner_backend = "inner"\nbackend_path = ["_build"]\n'
)


@pytest.fixture
def build(project, tools):
    """A project whose inner backend lies in the tree; `extra` is appended to the bare one."""

    def make(extra="", bare=BARE, **options):
        made = project("flit_core", **options)
        made.inner = IN_TREE
        made.configure(IN_TREE_CONFIG)
        made.write("_build/inner.py", bare + extra)
        made.populate()
        return made

    return make


def attributes(made, **env):
    """Which hooks a front end sees."""
    names = ["build_wheel", "build_sdist", "build_editable", "get_requires_for_build_wheel"]
    names += ["get_requires_for_build_sdist", "get_requires_for_build_editable"]
    names += ["prepare_metadata_for_build_wheel", "prepare_metadata_for_build_editable"]
    code = "import headerkit_backend as b, json; print(json.dumps([n for n in {!r} if hasattr(b, n)]))".format(names)
    return set(json.loads(made.python(code, **env).out))


ALWAYS = {
    "build_wheel",
    "build_sdist",
    "get_requires_for_build_wheel",
    "get_requires_for_build_sdist",
    "get_requires_for_build_editable",
}


def test_missing_optional_hooks_look_missing(build):
    """No editable and no metadata hooks inside: none outside."""
    assert attributes(build()) == ALWAYS


def test_present_optional_hooks_look_present(build):
    """Each one that the inner backend has is there."""
    made = build(
        "def build_editable(wheel_directory, config_settings=None, metadata_directory=None): ...\n"
        "def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None): ...\n"
    )
    assert attributes(made) == ALWAYS | {"build_editable", "prepare_metadata_for_build_wheel"}


def test_hooks_that_depend_on_the_environment(project):
    """hatchling hides its metadata hooks from pip: asked anew, in the environment of the build."""
    made = project("hatchling")
    assert "prepare_metadata_for_build_wheel" in attributes(made)
    assert "prepare_metadata_for_build_wheel" not in attributes(made, PIP_BUILD_TRACKER="/tmp")


def test_unknown_attributes_do_not_exist(build):
    """Anything else is an AttributeError that names itself."""
    made = build()
    code = "import headerkit_backend as b\ntry: b.build_everything\nexcept AttributeError as e: print(e)"
    assert "build_everything" in made.python(code).out


@pytest.mark.parametrize("front", ["pip", "build", "uv"])
def test_front_ends_do_without_optional_hooks(build, front, tmp_path, tools):
    """Every front end builds; metadata and wheel cost one build each at most."""
    made = build()
    log = tmp_path / "log"
    front_end(front, "wheel", made, made.root, tmp_path / "out", INNER_LOG=str(log))
    wheel = only(tmp_path / "out", "*.whl")
    assert set(IN_WHEEL) < set(members(wheel))
    check_record(wheel)
    assert log.read_text().count("build_wheel") == 1


def test_editable_without_the_hook_is_the_front_ends_own_error(build, new_venv, tools):
    """pip says that the backend has no such hook."""
    made = build()
    command = [tools.python, "-m", "pip", "--python", new_venv(), "install", "--no-deps", "--no-build-isolation"]
    result = run(*command, "-e", made.root, env=tools.environment(False), check=False)
    assert result.code == 1 and "build_editable" in result.text


def test_in_tree_wrapper_around_us(project, tmp_path):
    """A project's own backend that star-imports us and changes a hook."""
    made = project("flit_core")
    text = made.read("pyproject.toml")
    text = text.replace('"headerkit_backend"\n', '"wrapper"\nbackend-path = ["_build"]\n')
    made.write("pyproject.toml", text)
    made.write("_build/wrapper.py", "from headerkit_backend import *\nprint('wrapped')\n")
    made.populate()
    front_end("pip", "wheel", made, made.root, tmp_path / "out")
    assert set(IN_WHEEL) < set(members(only(tmp_path / "out", "*.whl")))


def test_in_tree_backend_over_an_sdist(build, tmp_path):
    """The sdist carries what the inner backend packs and what we need; the wheel from it is complete."""
    made = build()
    front_end("build", "sdist+wheel", made, made.root, tmp_path / "out")
    assert set(IN_WHEEL) < set(members(only(tmp_path / "out", "*.whl")))


@pytest.mark.parametrize("path", ["../outside", "/tmp", "missing"])
def test_backend_path_outside_the_project(build, path, tmp_path):
    """In-tree means in the tree."""
    made = build()
    made.write("pyproject.toml", made.read("pyproject.toml").replace('["_build"]', '["{}"]'.format(path)))
    (tmp_path / "outside").mkdir()
    assert_clear(made.build_wheel(tmp_path / "out", check=False), path, "backend")


def test_object_inside_a_module(build, tmp_path):
    """`module:object.attribute`."""
    made = build("class namespace:\n    class hooks:\n        build_wheel = staticmethod(build_wheel)\n")
    made.write("pyproject.toml", made.read("pyproject.toml").replace('"inner"', '"inner:namespace.hooks"'))
    assert made.build_wheel(tmp_path / "out").value.exists()


def test_printing_does_not_disturb_the_answer(build, tmp_path):
    """Standard output of Python, of the C level and of children is passed on."""
    made = build(
        """
bare_build_wheel = build_wheel
def build_wheel(*args, **kwargs):
    import subprocess
    print("from print", flush=True)
    os.write(1, b"from the descriptor\\n")
    subprocess.run([sys.executable, "-c", "print('from a child')"])
    print('{"protocol": 1, "result": "evil.whl", "warnings": []}', flush=True)
    return bare_build_wheel(*args, **kwargs)
"""
    )
    result = made.build_wheel(tmp_path / "out")
    assert result.value.exists()
    for text in ("from print", "from the descriptor", "from a child"):
        assert result.text.count(text) == 1


@pytest.mark.parametrize("hook", ["build_wheel", "get_requires_for_build_wheel"])
def test_exception_keeps_its_own_traceback(build, hook, tmp_path):
    """What the inner backend raised is told once, with its traceback and none of our frames."""
    made = build("def {}(*args, **kwargs):\n    raise RuntimeError('the cat sat on it')\n".format(hook))
    arguments = {"wheel_directory": tmp_path} if hook == "build_wheel" else {}
    result = made.hook(hook, check=False, **arguments)
    assert result.code == 1
    assert result.err.count("Traceback (most recent call last)") == 1
    assert 1 <= result.err.count("RuntimeError: the cat sat on it") <= 2, str(result)
    assert "inner.py" in result.err
    assert "headerkit_backend/__init__.py" not in result.err and "panicked" not in result.err


def test_a_setup_script_that_reads_bindings_too_early_is_told_the_remedy(build):
    """It runs when the inner backend is asked what it requires, where only the store has outputs."""
    script = "import os\ndef get_requires_for_build_wheel(*args):\n    open('src/demo/demo.json').close()\n    return ['read']\n"
    made = build(script)
    assert made.hook("get_requires_for_build_wheel").value == ["read"]
    shutil.rmtree(made.root / ".headerkit")
    (made.root / "src/demo/demo.json").unlink()
    result = made.hook("get_requires_for_build_wheel", check=False)
    assert result.code == 1 and "src/demo/demo.json" in result.err
    assert result.err.count("hint: the store lacks outputs") == 1 and "run `headerkit-backend generate`" in result.err


def test_exception_in_import(build, tmp_path):
    """A backend that cannot be imported is an error with Python's reason."""
    result = build("import module_that_is_not_there\n").build_wheel(tmp_path / "out", check=False)
    assert result.code == 1
    assert "module_that_is_not_there" in result.err and "requires" in result.err
    assert result.err.count("Traceback (most recent call last)") <= 1


@pytest.mark.parametrize("code", ["7", "'sorry, no'", "0", ""])
def test_system_exit(build, code, tmp_path):
    """An exit is a failure whatever its code: there is no wheel."""
    made = build("def build_wheel(*args, **kwargs):\n    raise SystemExit({})\n".format(code))
    result = made.build_wheel(tmp_path / "out", check=False)
    assert_clear(result, "inner", *(["sorry, no"] if "sorry" in code else []))


@pytest.mark.parametrize("how", ["os.kill(os.getpid(), 9)", "os.abort()", "os._exit(0)", "os._exit(3)"])
def test_sudden_death(build, how, tmp_path):
    """Killed, aborted, gone: named, and an error."""
    made = build("def build_wheel(*args, **kwargs):\n    {}\n".format(how))
    result = made.build_wheel(tmp_path / "out", check=False)
    assert_clear(result, "inner", "9" if "kill" in how else "6" if "abort" in how else "exit status")


def test_warnings_are_warnings(build, tmp_path):
    """A warning inside is a warning outside, for front ends that collect them."""
    made = build(
        "inner_build = build_wheel\n"
        "def build_wheel(*a, **k):\n"
        "    import warnings; warnings.warn('mind the gap')\n"
        "    return inner_build(*a, **k)\n"
    )
    result = made.build_wheel(tmp_path / "out")
    assert result.value.exists() and "UserWarning: mind the gap" in result.err


def test_changed_directory_and_environment_stay_inside(build, tmp_path):
    """What the inner backend does to its process does not reach the front end's."""
    made = build(
        "inner_build = build_wheel\n"
        "def build_wheel(*a, **k):\n"
        "    name = inner_build(*a, **k)\n"
        "    os.chdir('/'); os.environ['INNER_WAS_HERE'] = '1'; sys.path.insert(0, '/inner')\n"
        "    return name\n"
    )
    (tmp_path / "out").mkdir()
    code = (
        "import os, sys, headerkit_backend as b; cwd = os.getcwd(); b.build_wheel(sys.argv[1])\n"
        "assert os.getcwd() == cwd and 'INNER_WAS_HERE' not in os.environ and '/inner' not in sys.path"
    )
    made.python(code, tmp_path / "out")


@pytest.mark.parametrize("value", ["None", "3", "['a.whl']", "b'x.whl'", "'../evil.whl'", "'absent.whl'"])
def test_wrong_return_value(build, value, tmp_path):
    """Something that is not the name of a wheel."""
    made = build("def build_wheel(*args, **kwargs):\n    return {}\n".format(value))
    result = made.build_wheel(tmp_path / "out", check=False)
    assert result.code == 1 and "panicked" not in result.err
    assert "inner" in result.err or "whl" in result.err
    assert "headerkit_backend/__init__.py" not in result.err, str(result)


def test_requirements_are_forwarded(build):
    """Each of the three requirement hooks answers for itself."""
    made = build(
        "def get_requires_for_build_wheel(config_settings=None): return ['for-wheel>=1']\n"
        "def get_requires_for_build_sdist(config_settings=None): return ['for-sdist']\n"
        "def get_requires_for_build_editable(config_settings=None): return ['for-editable', 'editables~=0.5']\n"
    )
    assert made.hook("get_requires_for_build_wheel").value == ["for-wheel>=1"]
    assert made.hook("get_requires_for_build_sdist").value == ["for-sdist"]
    assert made.hook("get_requires_for_build_editable").value == ["for-editable", "editables~=0.5"]


def test_no_requirements_without_the_hooks(build):
    """Absent hooks require nothing."""
    made = build()
    for kind in ("wheel", "sdist", "editable"):
        assert made.hook("get_requires_for_build_" + kind).value == []


SETTINGS = [
    (None, "None"),
    ({}, "{}"),
    ({"a": "1"}, "{'a': '1'}"),
    ({"a": ["1", "2"], "b": ""}, "{'a': ['1', '2'], 'b': ''}"),
    ({"a": True, "headerkit-not-ours": "x"}, "{'a': True, 'headerkit-not-ours': 'x'}"),
    ({"inner-backend": "inner", "a": "x=y"}, "{'a': 'x=y'}"),
    ({"no-ir-cache": "", "target": "", "headerkit.no-output-cache": "false", "z": ["1"]}, "{'z': ['1']}"),
    ({"no-cache": ["false"], "headerkit.inner-backend": "inner", "--build-option": "-q"}, "{'--build-option': '-q'}"),
]


@pytest.mark.parametrize("given, seen", SETTINGS, ids=range(len(SETTINGS)))
def test_config_settings(build, given, seen, tmp_path):
    """Ours are taken out, all others arrive as they were given."""
    made = build()
    log = tmp_path / "log"
    given = {key: value for key, value in given.items() if key != "target"} if given else given
    made.build_wheel(tmp_path / "out", given, env={"INNER_LOG": str(log)})
    logged = log.read_text().split("'build_wheel' ", 1)[1].rsplit(" None", 1)[0]
    assert logged == seen or (seen == "{}" and logged == "None"), logged


@pytest.mark.parametrize("front", ["pip", "build", "uv"])
def test_config_settings_of_front_ends(build, front, tmp_path):
    """Repeated settings are lists, whoever passes them."""
    made = build()
    log = tmp_path / "log"
    settings = ["a=1", "a=2", "no-ir-cache=true", "b=x=y", "headerkit.no-output-cache=no"]
    front_end(front, "wheel", made, made.root, tmp_path / "out", settings=settings, INNER_LOG=str(log))
    assert "{'a': ['1', '2'], 'b': 'x=y'}" in log.read_text()


def test_nonsense_in_our_settings(build, tmp_path):
    """A switch that is neither on nor off."""
    result = build().build_wheel(tmp_path / "out", {"no-cache": "perhaps"}, check=False)
    assert_clear(result, "no-cache", "perhaps")


@pytest.fixture
def overridden(project):
    """Configured: a backend with all hooks. To be chosen by a config setting: the bare one."""
    made = project("flit_core", headerkit=IN_TREE_CONFIG.replace('"inner"', '"complete"'))
    made.write("_build/complete.py", "from flit_core.buildapi import *\n")
    made.write("_build/inner.py", BARE)
    made.populate()
    return made


@pytest.mark.parametrize("front", ["pip", "build", "uv"])
def test_override_without_metadata_hook_builds_once(overridden, front, tmp_path):
    """`-C inner-backend=` to a backend without metadata hooks, where the configured one has them."""
    made = overridden
    log = tmp_path / "log"
    settings = ["inner-backend=inner"]
    front_end(front, "wheel", made, made.root, tmp_path / "out", settings=settings, INNER_LOG=str(log))
    wheel = only(tmp_path / "out", "*.whl")
    assert set(IN_WHEEL) < set(members(wheel))
    assert log.read_text().count("build_wheel") == 1


def test_metadata_hook_of_ours_where_the_inner_one_has_none(overridden, tmp_path):
    """Called by hand: the wheel is built for its metadata, and build_wheel hands that wheel over."""
    made = overridden
    log = tmp_path / "log"
    settings, env = {"inner-backend": "inner"}, {"INNER_LOG": str(log)}
    folder = tmp_path / "metadata"
    folder.mkdir()
    name = made.hook(
        "prepare_metadata_for_build_wheel", metadata_directory=folder, config_settings=settings, env=env
    ).value
    assert name == "demo-1.0.0.dist-info" and "Name: demo" in (folder / name / "METADATA").read_text()
    wheel = made.build_wheel(tmp_path / "out", settings, metadata_directory=str(folder / name), env=env).value
    assert log.read_text().count("build_wheel") == 1
    assert set(IN_WHEEL) < set(members(wheel))


def test_metadata_needs_no_generation(project, tmp_path):
    """An empty store and no libclang: the metadata is there all the same."""
    made = project("flit_core")
    folder = tmp_path / "metadata"
    folder.mkdir()
    assert made.hook("prepare_metadata_for_build_wheel", metadata_directory=folder).value == "demo-1.0.0.dist-info"
    assert not any((made.root / "src/demo").glob("*demo*"))


def test_metadata_is_the_wheels(project, tmp_path):
    """What is prepared is what is built."""
    made = project("poetry-core")
    made.populate()
    folder = tmp_path / "metadata"
    folder.mkdir()
    name = made.hook("prepare_metadata_for_build_wheel", metadata_directory=folder).value
    wheel = made.build_wheel(tmp_path / "out", metadata_directory=str(folder / name)).value
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read(name + "/METADATA") == (folder / name / "METADATA").read_bytes()


def test_missing_wheel_hook_is_an_error(build, tmp_path):
    """A backend without build_wheel cannot build."""
    made = build(bare="x = 1\n")
    assert_clear(made.build_wheel(tmp_path / "out", check=False), "inner", "build_wheel")


UNSUPPORTED = """
class UnsupportedOperation(Exception): pass
def build_sdist(*a): raise UnsupportedOperation('no sdists today')
"""
# What pip and build call hooks with.
CALLER = """
import sys, pyproject_hooks
backend, out = sys.argv[1:]
try:
    print(pyproject_hooks.BuildBackendHookCaller(".", backend).build_sdist(out))
except pyproject_hooks.UnsupportedOperation as error:
    print("UNSUPPORTED", error)
"""


@pytest.mark.parametrize("backend", ["headerkit_backend", "headerkit.build_backend"])
def test_unsupported_sdist_reaches_the_front_end_as_such(build, tmp_path, backend):
    """UnsupportedOperation is the backend's right, and front ends tell it from a failure (PEP 517)."""
    told = build(UNSUPPORTED).python(CALLER, backend, tmp_path).out
    assert "UNSUPPORTED" in told, told
    assert "the inner backend `inner` does not support `build_sdist`: no sdists today" in told, told
    assert "hint:" not in told, told


def test_unsupported_sdist_by_hand(build, tmp_path):
    """The same as a message."""
    made = build(UNSUPPORTED)
    result = made.cli("hook", "build_sdist", "--project", made.root, "--out", tmp_path, check=False)
    assert result.code == 1 and result.err == (
        "UnsupportedOperation: the inner backend `inner` does not support `build_sdist`: no sdists today\n"
    ), str(result)


BY_POSITION = """
inner_wheel, inner_sdist = build_wheel, build_sdist
def build_wheel(a, b, c, /): return inner_wheel(a, b, c)
def build_sdist(where, how): return inner_sdist(where, how)
def build_editable(place, *rest): return inner_wheel(place, *rest)
def get_requires_for_build_wheel(s): return []
def get_requires_for_build_sdist(s, /): return []
def get_requires_for_build_editable(_): return []
def prepare_metadata_for_build_wheel(x, y):
    log("metadata", y)
    os.mkdir(os.path.join(x, "demo-1.0.0.dist-info"))
    with open(os.path.join(x, "demo-1.0.0.dist-info", "METADATA"), "w") as stream:
        stream.write("Metadata-Version: 2.1\\nName: demo\\nVersion: 1.0.0\\n")
    return "demo-1.0.0.dist-info"
prepare_metadata_for_build_editable = prepare_metadata_for_build_wheel
"""


@pytest.mark.parametrize("front", ["pip", "build", "uv"])
def test_hooks_are_called_by_position(build, front, tmp_path):
    """A backend may name its parameters as it likes, or have them by position only: front ends call it that way."""
    made = build(BY_POSITION)
    log = tmp_path / "log"
    front_end(front, "wheel", made, made.root, tmp_path / "out", settings=["key=value"], INNER_LOG=str(log))
    assert set(IN_WHEEL) < set(members(only(tmp_path / "out", "*.whl")))
    assert "'build_wheel' {'key': 'value'}" in log.read_text(), log.read_text()
    made.build_sdist(tmp_path / "sdist", settings={"key": "value"}, env={"INNER_LOG": str(log)})
    assert "'build_sdist' {'key': 'value'}" in log.read_text(), log.read_text()
    for name in ("wheel", "editable"):
        (tmp_path / name).mkdir()
        made.hook("prepare_metadata_for_build_" + name, metadata_directory=tmp_path / name)
        made.hook("get_requires_for_build_" + name)


def test_an_empty_folder_is_told_so(tools, tmp_path):
    """No backend's traceback about what is not there."""
    for words in (["--project", tmp_path], []):
        command = [tools.binary, "hook", "build_wheel", *words, "--out", tmp_path / "out"]
        result = run(*command, cwd=tmp_path, env=tools.environment(libclang=False), check=False)
        assert_clear(result, "there is no pyproject.toml in `{}`".format(tmp_path), "headerkit-backend init")


@pytest.mark.parametrize("path, says", [("nowhere", "cannot be found"), ("..", "does not name a directory inside the project"), ("/tmp", "does not name")])
def test_errors_of_backend_path_have_a_place(build, tmp_path, path, says):
    """File, line and the line itself."""
    made = build()
    text = made.read("pyproject.toml")
    made.write("pyproject.toml", text.replace('backend_path = ["_build"]', 'backend_path = ["{}"]'.format(path)))
    line = next(n for n, row in enumerate(text.splitlines(), 1) if row.startswith("backend_path"))
    result = made.build_wheel(tmp_path / "out", check=False)
    assert_clear(result, "pyproject.toml:{}:".format(line), "`{}` {}".format(path, says), "write `backend_path` relative")


def test_front_ends_variables_do_not_reach_the_inner_backend(build, tmp_path):
    """The hook runner's private variables name us, not the inner backend."""
    made = build(
        "inner_build = build_wheel\n"
        "def build_wheel(*a, **k):\n"
        "    log(sorted(n for n in os.environ if n.startswith(('_PYPROJECT_HOOKS', 'PEP517'))))\n"
        "    log('PIP_BUILD_TRACKER' in os.environ)\n"
        "    return inner_build(*a, **k)\n"
    )
    log = tmp_path / "log"
    front_end("pip", "wheel", made, made.root, tmp_path / "out", INNER_LOG=str(log))
    assert log.read_text().splitlines()[:2] == ["[]", "True"]


def test_project_code_is_not_importable_by_accident(build, tmp_path):
    """The working directory is not on sys.path: a `zipfile.py` in the project breaks nothing."""
    made = build()
    made.write("zipfile.py", "raise RuntimeError('imported from the project')\n")
    assert made.build_wheel(tmp_path / "out").value.exists()


def test_a_required_backend_that_is_not_installed(project, tmp_path):
    """Without build isolation; adding it to `requires` would not help."""
    made = project("flit_core")
    made.configure(requires=["enscons", "headerkit-backend"])
    made.populate()
    result = made.build_wheel(tmp_path, check=False)
    assert result.code == 1 and result.err.count("requires `enscons`, but it is not installed here") == 1
    assert "add the distribution" not in result.err
