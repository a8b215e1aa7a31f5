"""What users get wrong: one message with place and remedy, the right status, nothing changed."""

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from project import HEADERKIT, OUTPUTS, TYPES_H, assert_clear, run

ONE = '[tool.headerkit.headers."include/demo.h"]\n[tool.headerkit.output]\ncffi = "src/demo/{stem}.cdef.txt"\n'

# Configuration, and what the message must say.
CONFIGURATIONS = {
    "unknown key": (
        '[tool.headerkit]\ninclude_dir = ["include"]\n',
        ["pyproject.toml:", "`include_dir`", "`include_dirs`"],
    ),
    "unknown key in a header": (
        '[tool.headerkit.headers."include/demo.h"]\ndefine = ["A"]\n',
        ["pyproject.toml:", "`define`", "`defines`"],
    ),
    "unknown table": ("[tool.headerkit.outputs]\ncffi = 'x'\n", ["pyproject.toml:", "`outputs`", "`output`"]),
    "unknown writer": ('[tool.headerkit]\nwriters = ["cfi"]\n', ["pyproject.toml:", "`cfi`", "`cffi`"]),
    "unknown writer in output": (
        ONE + 'ctype = "src/demo/x.py"\n',
        ["pyproject.toml:", "`ctype`", "`ctypes`"],
    ),
    "unknown writer option": (
        ONE + "[tool.headerkit.writer.cffi]\nexclude_pattern = ['x']\n",
        ["pyproject.toml:", "exclude_pattern", "exclude_patterns"],
    ),
    "option of a writer that does not run": (
        ONE + '[tool.headerkit.writer.ctypes]\nlibary = "x"\n',
        ["pyproject.toml:", "writer `ctypes`", "`libary`", "library"],
    ),
    "option without a header": ('[tool.headerkit.writer.cffi]\nmdoe = "api"\n', ["pyproject.toml:", "`mdoe`", "mode"]),
    "option in a header": (
        ONE.replace("[tool.headerkit.output]", 'writer_options.lua.mdoe = "x"\n[tool.headerkit.output]'),
        ["pyproject.toml:", "writer `lua`", "`mdoe`"],
    ),
    "string for a list": ('[tool.headerkit]\nwriters = "cffi"\n', ["pyproject.toml:", "writers", "list"]),
    "number for a string": ("[tool.headerkit]\ntarget = 3\n", ["pyproject.toml:", "target", "string"]),
    "string for a switch": (
        '[tool.headerkit.cache]\nno_cache = "true"\n',
        ["pyproject.toml:", "no_cache", "true"],
    ),
    "number in a list": ("[tool.headerkit]\ndefines = ['A', 1]\n", ["pyproject.toml:", "defines"]),
    "nonsense target": ('[tool.headerkit]\ntarget = "toaster"\n' + ONE, ["pyproject.toml:", "toaster", "target"]),
    "nonsense target of a header": (
        ONE.replace("[tool.headerkit.output]", 'target = "toaster"\n[tool.headerkit.output]'),
        ["pyproject.toml:", "toaster", "target"],
    ),
    "empty define": ('[tool.headerkit]\ndefines = [""]\n' + ONE, ["pyproject.toml:", "defines", "NAME=VALUE"]),
    "define without a name": ('[tool.headerkit]\ndefines = ["=3"]\n' + ONE, ["pyproject.toml:", "=3", "NAME=VALUE"]),
    "every header excluded": (
        '[tool.headerkit]\nexclude = ["**"]\n' + ONE.replace("include/demo.h", "include/*.h"),
        ["`exclude`"],
    ),
    "nonsense scope": ('[tool.headerkit]\nscope = "everything"\n' + ONE, ["pyproject.toml:", "everything", "library"]),
    "nonsense backend": ('[tool.headerkit]\nbackend = "gcc"\n' + ONE, ["pyproject.toml:", "gcc", "libclang"]),
    "bad glob": ('[tool.headerkit.headers."include/[.h"]\n', ["include/[.h"]),
    "glob without a match": ('[tool.headerkit.headers."include/x*.h"]\n', ["include/x*.h"]),
    "missing header": (
        '[tool.headerkit.headers."include/dmeo.h"]\n',
        ["include/dmeo.h", "include/demo.h"],
    ),
    "unset variable": (
        '[tool.headerkit]\ninclude_dirs = ["${NOT_SET_HERE}/include"]\n' + ONE,
        ["pyproject.toml:", "NOT_SET_HERE", "include_dirs"],
    ),
    "unknown template variable": (ONE.replace("{stem}", "{stm}"), ["{stm}", "{stem}"]),
    "attribute in a template": (ONE.replace("{stem}", "{stem.__class__}"), ["stem.__class__"]),
    "position in a template": (ONE.replace("{stem}", "{0}"), ["{0}"]),
    "output above the project": (ONE.replace("src/demo/", "../"), ["..", "output"]),
    "absolute output": (ONE.replace("src/demo/", "/tmp/"), ["/tmp/", "output"]),
    "two outputs at one place": (
        ONE.replace("{stem}.cdef", "same.cdef").replace("include/demo.h", "include/**/*.h"),
        ["same.cdef.txt", "include/demo.h", "include/detail/types.h"],
    ),
    "two writers at one place": (ONE + 'ctypes = "src/demo/{stem}.cdef.txt"\n', ["demo.cdef.txt", "cffi", "ctypes"]),
    "a table twice": ("[tool.headerkit]\na = 1\n[tool.headerkit]\nb = 2\n", ["pyproject.toml:"]),
    "not TOML": ("[tool.headerkit\n", ["pyproject.toml:"]),
    "a key in two spellings": (
        '[tool.headerkit]\nstore_dir = "a"\nstore-dir = "b"\n',
        ["pyproject.toml:", "store_dir", "store-dir"],
    ),
    "bad pattern": (
        ONE + "[tool.headerkit.writer.cffi]\nexclude_patterns = ['(']\n",
        ["pyproject.toml:16:20: ", "`exclude_patterns`", "`(`", "| exclude_patterns = ['(']"],
    ),
    "bad value of an option": (
        ONE + "[tool.headerkit.writer.cffi]\nmode = 'apii'\n",
        ["pyproject.toml:16:8: ", '`mode`', 'expected "abi" or "api", not "apii"'],
    ),
    "bad value of a header's option": (
        ONE.replace("demo.h\"]\n", "demo.h\"]\nwriter_options.cffi = {define_patterns = '['}\n"),
        ["pyproject.toml:", "`define_patterns`", "`[`", "define_patterns = '['"],
    ),
    "nonsense in the wheel table": ('[tool.headerkit.wheel]\ntag = "any"\n' + ONE, ["pyproject.toml:", "tag", "auto"]),
}


@pytest.fixture
def unharmed():
    """Checks that a failing command changes nothing."""

    def check(made, *arguments, call=None, **options):
        before = made.snapshot()
        result = call() if call else made.cli(*arguments, check=False, libclang=True, **options)
        after = made.snapshot()
        changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        assert not changed, "changed {}\n{}".format(sorted(changed), result)
        return result

    return check


@pytest.mark.parametrize("text, says", CONFIGURATIONS.values(), ids=CONFIGURATIONS.keys())
def test_configuration(project, unharmed, text, says):
    """Wrong configuration, on the command line."""
    made = project("flit_core", headerkit=text)
    assert_clear(unharmed(made, "generate"), *says)


@pytest.mark.parametrize("name", ["unknown key", "missing header", "unset variable", "not TOML", "a table twice"])
def test_configuration_in_a_hook(project, unharmed, name, tmp_path):
    """The same words from a hook, without Python's traceback."""
    text, says = CONFIGURATIONS[name]
    made = project("flit_core", headerkit=text)
    result = unharmed(made, call=lambda: made.build_wheel(tmp_path / "out", libclang=True, check=False))
    assert_clear(result, *says)
    assert os.listdir(tmp_path / "out") == []


@pytest.mark.parametrize("front", ["pip", "build", "uv"])
def test_front_ends_show_the_message(project, tools, front, tmp_path):
    """Whatever the front end adds, our block is in what the user sees, and no frame of ours."""
    text, says = CONFIGURATIONS["missing header"]
    made = project("flit_core", headerkit=text)
    command = {
        "pip": [tools.python, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation"],
        "build": [tools.python, "-m", "build", "--wheel", "--no-isolation"],
        "uv": ["uv", "build", "--wheel", "--no-build-isolation", "--python", tools.python],
    }[front]
    result = run(*command, made.root, env=tools.environment(True), cwd=tmp_path, check=False)
    assert result.code != 0
    for fragment in says:
        assert fragment in result.text
    assert "headerkit_backend/__init__.py" not in result.text


def test_unset_variable_of_an_unused_key(project):
    """A variable is only asked for when its key is used."""
    made = project("flit_core", headerkit='[tool.headerkit]\nstore_dir = "${NOT_SET_HERE}"\n' + ONE)
    made.cli("generate", "--store-dir", "elsewhere", libclang=True)


def test_escaped_and_empty_variables(project):
    """`$${` is a literal `${`; a variable that is set and empty is empty."""
    option = "[tool.headerkit.writer.cffi]\nextra_cdef = ['/* $${HOME} and [${DEMO_EMPTY}] */']\n"
    made = project("flit_core", headerkit=ONE + option)
    made.populate(DEMO_EMPTY="")
    assert "/* ${HOME} and [] */" in made.read("src/demo/demo.cdef.txt")


def test_header_that_does_not_compile(project, unharmed):
    """All of clang's errors, each with file, line and column."""
    made = project("flit_core")
    made.write("include/demo.h", "int fine(void);\nint broken(unknown_t x);\n\nstruct { int } y;\n")
    assert_clear(unharmed(made, "generate"), "include/demo.h:2:12", "unknown_t", "include/demo.h:4:")


def test_type_that_the_header_does_not_declare(project, unharmed):
    made = project()
    made.write("include/demo.h", "ssize_t demo_read(void);\nssize_t demo_write(void);\n")
    result = unharmed(made, "generate")
    assert_clear(result, "include/demo.h:1", "each header is read by itself: include what declares `ssize_t` in it")


def test_error_in_an_included_header(project, unharmed):
    """The place is the included file, with the chain that led there."""
    made = project("flit_core")
    made.write("include/detail/types.h", TYPES_H + "oops here;\n")
    assert_clear(unharmed(made, "generate"), "include/detail/types.h:3:1", "oops", "include/demo.h:3")


def test_include_that_is_not_found(project, unharmed):
    """Named, with the directories that were searched."""
    made = project("flit_core")
    made.write("include/demo.h", '#include "absent/file.h"\n')
    assert_clear(unharmed(made, "generate"), "include/demo.h:1:10", "absent/file.h", "include_dirs")


def test_empty_header_is_fine(project):
    """Nothing declared, nothing bound, no error."""
    made = project("flit_core", headerkit=ONE)
    made.write("include/demo.h", "")
    made.populate()
    assert made.exists("src/demo/demo.cdef.txt")


def test_header_that_is_a_directory(project, unharmed):
    """A directory is not a header."""
    made = project("flit_core", headerkit='[tool.headerkit.headers."include"]\n')
    assert_clear(unharmed(made, "generate"), "`include`")


def test_header_that_cannot_be_read(project, unharmed):
    """Permissions are told as such."""
    made = project("flit_core", headerkit=ONE)
    (made.root / "include/demo.h").unlink()
    (made.root / "include/demo.h").symlink_to("demo.h")
    assert_clear(unharmed(made, "generate"), "include/demo.h")


def test_two_inner_backends(project, tmp_path):
    """Which one is meant cannot be guessed: both are named, and the key to set."""
    made = project("flit_core", requires=["headerkit-backend", "flit_core", "poetry-core"])
    result = made.build_wheel(tmp_path / "out", libclang=True, check=False)
    assert_clear(result, "flit_core", "poetry-core", "inner_backend")


def test_hatchling_among_two_is_the_inner_backend(project, tmp_path):
    """The documented default wins."""
    made = project("hatchling", requires=["headerkit-backend", "flit_core", "hatchling"])
    made.build_wheel(tmp_path / "out", libclang=True)


def test_unavailable_inner_backend(project, tmp_path):
    """Not installed: what to add to `requires`."""
    made = project("flit_core", requires=["headerkit-backend", "whey"])
    result = made.build_wheel(tmp_path / "out", libclang=True, check=False)
    assert result.code == 1 and "whey" in result.err and "requires" in result.err, str(result)
    assert result.err.count("Traceback (most recent call last)") <= 1 and "panicked" not in result.err


@pytest.mark.parametrize("name", ["headerkit_backend", "headerkit.build_backend"])
def test_ourselves_as_inner_backend(project, name, tmp_path):
    """A loop is refused."""
    made = project("flit_core")
    result = made.build_wheel(tmp_path / "out", {"inner-backend": name}, libclang=True, check=False)
    assert_clear(result, name, "itself")


# The store and the disk


def test_read_only_store_is_used(project, tmp_path):
    """A store that cannot be written serves; new results are used and a warning says that they were not kept."""
    made = project("flit_core", headerkit=ONE)
    made.populate()
    with read_only(made.root / ".headerkit") as store:
        (made.root / "src/demo/demo.cdef.txt").unlink()
        made.warm.build_wheel(tmp_path / "out")
        made.write("include/demo.h", made.read("include/demo.h").replace("demo_run", "demo_walk"))
        result = made.cli("generate", libclang=True)
        assert "warning" in result.err and ".headerkit" in result.err
        assert "demo_walk" in made.read("src/demo/demo.cdef.txt")
        assert store


class read_only:
    """Makes a directory read-only: by a mount for root, whom permissions do not stop."""

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        if os.geteuid() == 0:
            mount("--bind", self.path, self.path)
            mount("-o", "remount,bind,ro", self.path)
        else:
            for folder, _, files in os.walk(self.path):
                for name in files:
                    os.chmod(os.path.join(folder, name), 0o444)
                os.chmod(folder, 0o555)
        return self.path

    def __exit__(self, *_):
        if os.geteuid() == 0:
            subprocess.run(["umount", self.path], check=True)
        else:
            for folder, _, _ in os.walk(self.path):
                os.chmod(folder, 0o755)


def mount(*arguments):
    done = subprocess.run(["mount", *map(str, arguments)], stderr=subprocess.PIPE)
    if done.returncode:
        pytest.skip("LOUD: not tested, because `mount` is not permitted here: " + done.stderr.decode())


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="LOUD: a full disk needs root and Linux")
@pytest.mark.parametrize("full", ["store", "project"])
def test_full_disk(project, full, tmp_path):
    """No space: a store that cannot be written is a warning, an output that cannot be written is an error."""
    made = project("flit_core", headerkit=ONE)
    disk = made.root / (".headerkit" if full == "store" else "src/demo")
    disk.mkdir(exist_ok=True)
    kept = {path.name: path.read_bytes() for path in disk.iterdir()}
    mount("-t", "tmpfs", "-o", "size=16k", "tmpfs", disk)
    try:
        for name, content in kept.items():
            (disk / name).write_bytes(content)
        with open(disk / "filler", "wb", buffering=0) as stream, suppress(OSError):
            while stream.write(b"x" * 512):
                pass
        result = made.cli("generate", libclang=True, check=False)
        if full == "store":
            assert result.code == 0, str(result)
            assert "warning" in result.err and "space" in result.err.lower()
            assert made.exists("src/demo/demo.cdef.txt")
            (disk / "filler").unlink()
            made.cli("store", "verify")
        else:
            assert_clear(result, "src/demo/demo.cdef.txt", "space")
            assert sorted(os.listdir(disk)) == ["__init__.py", "filler"]
    finally:
        subprocess.run(["umount", disk], check=True)


def test_output_through_a_link_that_leaves_the_project(project, tmp_path):
    """A linked directory is no way out."""
    outside = tmp_path / "outside"
    outside.mkdir()
    made = project("flit_core", headerkit=ONE.replace("src/demo/", "linked/"))
    (made.root / "linked").symlink_to(outside)
    assert_clear(made.cli("generate", libclang=True, check=False), "linked/demo.cdef.txt")
    assert os.listdir(outside) == []


def test_output_over_a_link(project, tmp_path):
    """A link in the output's place is replaced or refused, never written through."""
    victim = tmp_path / "victim"
    victim.write_text("precious")
    made = project("flit_core", headerkit=ONE)
    (made.root / "src/demo/demo.cdef.txt").symlink_to(victim)
    made.cli("generate", libclang=True, check=False)
    assert victim.read_text() == "precious"


@pytest.mark.parametrize("how", ["generate", "build_wheel", "hit"])
@pytest.mark.parametrize("writer, name", [("cffi", "core.txt"), ("ctypes", "core.py"), ("ctypes", "core.pyi"), ("cython", "core.pxd")])
def test_a_file_of_the_users_is_not_overwritten(project, how, writer, name, tmp_path):
    """Nothing is written at all, until the file is gone; what was generated before is overwritten, however it was changed."""
    path = "src/demo/" + name.replace(".pyi", ".py")
    made = project("flit_core", headerkit='[tool.headerkit.headers."include/demo.h"]\n[tool.headerkit.output]\n{} = "{}"\n'.format(writer, path))
    if how == "hit":
        made.cli("generate", libclang=True)
        (made.root / path).unlink()
    precious = "def precious():\n    return 42\n"
    made.write("src/demo/" + name, precious)
    before = made.snapshot()

    def run_it(check):
        if how == "build_wheel":
            return made.warm.build_wheel(tmp_path / "dist", libclang=True, check=check)
        return made.cli("generate", libclang=how == "generate", check=check)

    assert_clear(run_it(False), "src/demo/" + name, "not generated", "[tool.headerkit.output]", "remove")
    changed = {key for key, value in made.snapshot().items() if before.get(key) != value and not key.startswith(".headerkit/")}
    assert not changed and made.read("src/demo/" + name) == precious
    (made.root / "src/demo" / name).unlink()
    run_it(True)
    good = made.read(path)
    made.write(path, "# formatted\r\n" + good + "changed = 1\n")
    run_it(True)
    assert made.read(path) == good


def test_output_over_a_directory(project):
    """A directory in the output's place."""
    made = project("flit_core", headerkit=ONE)
    (made.root / "src/demo/demo.cdef.txt").mkdir()
    assert_clear(made.cli("generate", libclang=True, check=False), "src/demo/demo.cdef.txt")


@pytest.mark.parametrize("layer", ["ir", "output/cffi"])
def test_store_entry_that_is_a_link(project, layer, tmp_path):
    """A linked entry is not followed: without libclang that is a miss or served from the other layer."""
    made = project("flit_core", headerkit=ONE)
    made.populate()
    (slug,) = made.entries(layer)
    entry = made.root / ".headerkit" / layer / slug
    shutil.move(entry, tmp_path / "entry")
    entry.symlink_to(tmp_path / "entry")
    before = {path.name: path.read_bytes() for path in (tmp_path / "entry").iterdir()}
    made.cli("generate", libclang=True)
    assert {path.name: path.read_bytes() for path in (tmp_path / "entry").iterdir()} == before
    assert made.cli("store", "verify", check=False).code in (0, 1)


@pytest.mark.parametrize("name", ["../../escape", "/tmp/escape", "..", "a/../../../escape"])
def test_index_that_points_elsewhere(project, name, tmp_path):
    """Slugs of an index are no paths."""
    made = project("flit_core", headerkit=ONE)
    made.populate()
    for path in made.root.glob(".headerkit/**/index.json"):
        path.write_text('{"version": 1, "entries": {"%s": {"cache_key": "%s"}}}' % (name, "0" * 64))
    made.build_wheel(tmp_path / "out")
    made.cli("cache", "rebuild-index")
    assert all(name not in path.read_text() for path in made.root.glob(".headerkit/**/index.json"))


def test_store_that_is_a_file(project):
    """`.headerkit` is something else: bindings are made, and a warning says that they are not kept."""
    made = project("flit_core", headerkit=ONE)
    made.write(".headerkit", "not a directory")
    result = made.cli("generate", libclang=True, check=False)
    assert "panicked" not in result.err and "Traceback" not in result.err
    assert result.code == 0 and "warning" in result.err and ".headerkit" in result.err, str(result)


def test_huge_metadata(project, tmp_path):
    """Size limits hold."""
    made = project("flit_core", headerkit=ONE)
    made.populate()
    for layer in ("ir", "output/cffi"):
        (slug,) = made.entries(layer)
        with open(made.root / ".headerkit" / layer / slug / "metadata.json", "wb") as stream:
            stream.truncate(2 << 30)
    assert_clear(made.build_wheel(tmp_path / "out", check=False), "LibclangUnavailableError")


def test_deep_metadata(project, tmp_path):
    """So do depth limits."""
    made = project("flit_core", headerkit=ONE)
    made.populate()
    for layer in ("ir", "output/cffi"):
        (slug,) = made.entries(layer)
        made.write(".headerkit/{}/{}/metadata.json".format(layer, slug), "[" * 500_000)
    assert_clear(made.build_wheel(tmp_path / "out", check=False), "LibclangUnavailableError")


# Libclang


@pytest.mark.parametrize("kind", ["missing", "not a library", "another library", "a directory without it"])
def test_libclang_path_that_is_wrong(project, tools, kind, tmp_path):
    """What was tried, and how to do without."""
    path = {
        "missing": "/nonexistent/libclang.so",
        "not a library": str(tmp_path / "libclang.so"),
        "another library": next(iter(map(str, tools.libclang.parent.glob("no-such"))), "/lib/x86_64-linux-gnu/libc.so.6"),
        "a directory without it": str(tmp_path),
    }[kind]
    if kind == "not a library":
        (tmp_path / "libclang.so").write_text("hello")
    made = project("flit_core", headerkit=ONE)
    result = made.cli("generate", libclang=None, check=False, LIBCLANG_PATH=path)
    assert_clear(result, "LibclangUnavailableError", path, "libclang-ng")
    assert not made.exists("src/demo/demo.cdef.txt")


def test_libclang_of_the_project_is_not_loaded(project, tmp_path):
    """A library that lies in the tree or the working directory is never loaded."""
    made = project("flit_core", headerkit=ONE)
    made.write("libclang.so", "not one")
    made.write("libclang.so.1", "not one")
    result = made.cli("generate", libclang=None, check=False)
    assert str(made.root / "libclang.so") not in result.text


# The protocol


@pytest.mark.parametrize(
    "request_text, says",
    [
        (b"", []),
        (b"nonsense", []),
        (b"[3]", []),
        (b"{}", []),
        (b'{"protocol": 1, "hook": "build_wheel"}', []),
        (b"\xff\xfe", ["UTF-8"]),
        (b"[" * 200_000, []),
        (b'{"protocol": 1, "hook": "build_sdist", "project": "/", "arguments": {}, "python": {}}', []),
    ],
    ids=["empty", "text", "array", "object", "half", "binary", "deep", "other hook"],
)
def test_request_that_is_nonsense(project, request_text, says):
    """Exactly one response, with the error in it."""
    import json

    made = project("flit_core")
    result = made.cli("hook", "build_wheel", stdin=request_text, check=False)
    assert result.code == 1 and "panicked" not in result.err
    response = json.loads(result.out)
    assert response["result"] is None and response["error"]["text"].startswith("error: ")
    for fragment in says:
        assert fragment in response["error"]["text"]


def request(made, **changes):
    import json

    whole = {
        "protocol": 1,
        "hook": "build_wheel",
        "project": str(made.root),
        "arguments": {},
        "python": {
            "executable": str(made.tools.python),
            "path": [],
            "version": [3, 11, 0],
            "platform": "linux-x86_64",
            "host_gnu_type": "x86_64-pc-linux-gnu",
            "libc": "glibc 2.36",
            "ext_suffix": None,
            "soabi": None,
            "include": None,
        },
    }
    whole.update(changes)
    result = made.cli("hook", whole["hook"], stdin=json.dumps(whole).encode(), check=False)
    return result, json.loads(result.out)


@pytest.mark.parametrize(
    "changes, says",
    [
        ({"protocol": 99}, ["99", "reinstall"]),
        ({"hook": "build_everything"}, ["build_everything", "build_wheel"]),
        ({}, ["wheel_directory"]),
        ({"project": "/no/such/place", "arguments": {"wheel_directory": "/no/such/place"}}, ["/no/such/place"]),
    ],
    ids=["protocol", "hook", "argument", "project"],
)
def test_request_that_cannot_be_served(project, changes, says):
    """Another release's shim, a hook that is not one, a missing argument, a missing project."""
    result, response = request(project("flit_core", headerkit=ONE), **changes)
    assert result.code == 1 and "panicked" not in result.err
    for fragment in says:
        assert fragment in response["error"]["text"], response


def test_shim_reports_a_binary_that_dies(project, tools, tmp_path):
    """No answer is an error, too."""
    made = project("flit_core")
    code = (
        "import headerkit_backend as b\n"
        "b.find_binary = lambda: '/bin/false'\n"
        "b.get_requires_for_build_wheel()\n"
    )
    assert_clear(made.python(code, check=False), "no answer")


@pytest.mark.parametrize("accelerator", ["there", "missing", "different"])
def test_shim_speaks_the_json_of_the_standard_library(project, accelerator):
    """With the accelerator, without it, and with one whose functions have other arguments: the same bytes and values."""
    code = (
        "import sys, pathlib, headerkit_backend as b\n"
        "kind = sys.argv[1]\n"
        "if kind == 'missing': sys.modules['_json'] = None\n"
        "if kind == 'different': import json, _json; _json.make_encoder = _json.make_scanner = lambda: None\n"
        "before = 'json' in sys.modules\n"
        "value = {'a': ['\\u00fc \\udce4 \\U0001f600 \\x01\"\\n', 1, 2.5, True, None], 'p': pathlib.PurePosixPath('/x y')}\n"
        "written, read = b._dumps(value), b._loads(b'{\"r\": [1.5, {\"\\\\u00fc\": null}]}\\n')\n"
        "imported = 'json' in sys.modules\n"
        "import json, os\n"
        "text = json.dumps(value, ensure_ascii=False, default=os.fspath)\n"
        "assert written == text.encode('utf-8', 'surrogateescape'), written\n"
        "assert read == {'r': [1.5, {'\\u00fc': None}]}, read\n"
        "assert before or imported == (kind != 'there'), (before, imported)\n"
        "for bad in (b'', b'{', b'{} x', b'[1,]', b'nonsense', b'\\xff'):\n"
        "    try: b._loads(bad)\n"
        "    except ValueError: continue\n"
        "    raise SystemExit(repr(bad))\n"
        "try: b._dumps({'a': object()})\n"
        "except TypeError: raise SystemExit(0)\n"
        "raise SystemExit('an object was written')\n"
    )
    project("flit_core").python(code, accelerator)


def test_shim_without_its_binary(project, tools, tmp_path):
    """A damaged installation says where it looked."""
    copied = tmp_path / "site"
    source = run(tools.python, "-c", "import headerkit_backend as b; print(b.__path__[0])", env=tools.environment(False))
    shutil.copytree(source.out.strip(), copied / "headerkit_backend")
    code = (
        "import sys, sysconfig; sys.path.insert(0, {!r})\n"
        "sysconfig.get_path = lambda *a, **k: '/nonexistent'\n"
        "import headerkit_backend as b; b.get_requires_for_build_wheel()\n".format(str(copied))
    )
    assert_clear(project("flit_core").python(code, check=False), "headerkit-backend", "force-reinstall")


def test_directory_that_is_not_utf8(project, tmp_path):
    """A path that no store and no wheel can name is refused clearly, or works."""
    made = project("flit_core", headerkit=ONE)
    strange = os.fsencode(tmp_path) + b"/gr\xfc\xdfe"
    os.rename(made.root, strange)
    env = made.tools.environment(True)
    result = run(made.tools.binary, "generate", cwd=strange, env=env, check=False, timeout=20)
    if result.code:
        assert_clear(result, "UTF-8")
    code = "import headerkit_backend as b, sys; b.build_wheel(sys.argv[1])"
    (tmp_path / "out").mkdir()
    result = run(made.tools.python, "-c", code, tmp_path / "out", cwd=strange, env=env, check=False, timeout=20)
    if result.code:
        assert_clear(result, "UTF-8")


# Usage


@pytest.mark.parametrize(
    "arguments",
    [
        ["--no-such-option"],
        ["generate", "--no-such-option"],
        ["include/demo.h", "-w", "cffi", "-o"],
        ["include/demo.h", "--writer-opt", "cffi"],
        ["include/demo.h", "-w", "cffi", "-w", "json", "-o", "one.txt"],
        ["cache"],
        ["cache", "fly"],
        ["store", "merge"],
        ["include/demo.h", "--config", "a", "--no-config"],
        [],
    ],
    ids=" ".join,
)
def test_usage(project, arguments):
    """Status 2, and the way to help."""
    result = project("flit_core").cli(*arguments, check=False)
    assert result.code == 2, str(result)
    assert "--help" in result.err or "WRITER" in result.err
    assert "panicked" not in result.err and result.out == ""


@pytest.mark.parametrize(
    "arguments, says",
    [
        (["absent.h", "-w", "cffi"], ["absent.h"]),
        (["include/dmeo.h", "-w", "cffi"], ["include/dmeo.h", "include/demo.h"]),
        (["include/*.hpp", "-w", "cffi"], ["include/*.hpp"]),
        (["include/demo.h", "-w", "cfi"], ["cfi", "cffi"]),
        (["include/demo.h", "-w", "cffi", "--target", "toaster"], ["`--target`", "toaster"]),
        (["include/demo.h", "-w", "cffi", "-D", ""], ["`-D`", "NAME=VALUE"]),
        (["include/demo.h", "-w", "cffi", "-D", "1A"], ["`-D`", "1A", "NAME=VALUE"]),
        (["include/demo.h", "-w", "cffi", "--writer-opt", "cffi:mdoe=api"], ["`--writer-opt`", "`mdoe`", "mode"]),
        (["generate", "--config", "absent.toml"], ["absent.toml", "--no-config"]),
        (["store", "verify", "--store-dir", "absent"], ["absent"]),
    ],
    ids=lambda value: " ".join(value),
)
def test_command_line_mistakes(project, arguments, says):
    """Names that do not exist."""
    made = project("flit_core")
    result = made.cli(*arguments, check=False, libclang=True)
    assert result.code in (1, 2), str(result)
    assert_clear(result, *says, code=result.code)


@pytest.mark.parametrize("where", ["project without headers", "no project"])
def test_nothing_to_generate(project, where, tmp_path):
    """Somebody who asks for bindings and gets none is in the wrong place, or has not begun."""
    made = project("flit_core", headerkit="[tool.headerkit]\n")
    cwd = made.root if where == "project without headers" else tmp_path
    for arguments in (["generate"], ["generate", "--json"], ["generate", "-w", "cffi"]):
        result = made.cli(*arguments, cwd=cwd, check=False)
        assert_clear(result, "no headers are given", "headerkit-backend init", code=2)
        assert result.out == ""


def test_include_directory_that_is_not_there(project):
    """Said where the header is parsed, with the place; a store that has the outputs needs no directory."""
    made = project("flit_core", headerkit=HEADERKIT.replace('["include"]', '["include", "nowhere", "pyproject.toml"]'))
    result = made.cli("generate", "-I", "neither", libclang=True)
    warnings = [line for line in result.err.splitlines() if "include directory" in line]
    assert [line.split("`")[-2] for line in warnings] == ["nowhere", "pyproject.toml", "neither"], str(result)
    assert all("pyproject.toml:" in line for line in warnings[:2]) and "`-I`" in warnings[2]
    assert "include directory" not in made.cli("generate", "-I", "neither").err


def test_nothing_is_written_when_one_header_fails(project):
    """All or nothing: a good header beside a bad one leaves no half result."""
    made = project("flit_core", headerkit=HEADERKIT.replace('"include/demo.h"', '"include/*.h"'))
    made.write("include/zzz.h", "int bad(nope x);\n")
    result = made.cli("generate", libclang=True, check=False)
    assert_clear(result, "include/zzz.h:1:")
    assert not any(made.exists(name) for name in OUTPUTS)


@pytest.mark.parametrize(
    "command",
    [
        ["include/demo.h", "-w", "nonesuch"],
        ["include/demo.h", "-o", "nonesuch:x"],
        ["include/demo.h", "-w", "cffi", "--scope", "nonesuch"],
        ["include/demo.h", "-w", "cffi", "--writer-opt", "cffi:nonesuch=1"],
        ["include/demo.h", "-w", "cffi", "--target", "nonesuch"],
        ["generate", "-w", "nonesuch"],
        ["inspect", "warnings", "-w", "nonesuch"],
        ["diff", "include/demo.h", "include/demo.h", "--scope", "nonesuch"],
        ["cache", "populate", "-w", "nonesuch", "--platform", "linux/amd64"],
        ["cache", "populate", "--scope", "nonesuch", "--platform", "linux/amd64"],
        ["store", "explain", "include/demo.h", "-w", "nonesuch"],
        ["check", "--target", "nonesuch"],
        ["wheels", "--target", "nonesuch"],
        ["init", "--yes", "--header", "include/demo.h", "-w", "nonesuch"],
    ],
    ids=" ".join,
)
def test_what_is_typed_and_does_not_exist_is_wrong_usage(command, project):
    result = project().cli(*command, libclang=True, check=False)
    assert_clear(result, "nonesuch", code=2)


def test_the_same_in_a_file_is_not(project):
    made = project(headerkit='[tool.headerkit]\nwriters = ["nonesuch"]\n[tool.headerkit.headers."include/demo.h"]\n')
    assert_clear(made.cli("check", check=False), "unknown writer `nonesuch`", code=1)


def unprivileged(made, *command, **options):
    """A command without root's right to read everything."""
    options.setdefault("cwd", made.root)
    prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"]
    binary = made.root.parent / "headerkit-backend"
    if not binary.exists():
        shutil.copy(made.tools.binary, binary)
    for folder in [made.root, *list(made.root.parents)[:-1]]:
        folder.chmod(folder.stat().st_mode | 0o755)
    if os.geteuid() != 0:
        prefix = []
    return run(*prefix, binary, *command, env=made.tools.environment(True), check=False, **options)


def test_what_cannot_be_read_is_not_missing(project):
    made = project(headerkit='[tool.headerkit]\nwriters = ["json"]\n[tool.headerkit.headers."include/demo.h"]\n')
    made.write("include/demo.h", "int demo(void);\n")
    made.populate()
    store, header = made.root / ".headerkit", made.root / "include/demo.h"
    for path in (store, store / "output/json"):
        path.chmod(0)
        result = unprivileged(made, "check")
        assert_clear(result, "unreadable", "the store's directory `{}` cannot be read: Permission denied".format(path))
        assert "the store has no entry" not in result.err
        assert_clear(unprivileged(made, "store", "verify"), "cannot read the store's directory `{}`".format(path))
        path.chmod(0o755)
    header.chmod(0)
    assert_clear(unprivileged(made, "check"), "unreadable", "`include/demo.h` cannot be read")
    header.write_text("int other(void);\n")
    assert_clear(unprivileged(made, "include/demo.h", "-w", "lua"), "the header `include/demo.h` cannot be read: Permission denied")
    header.parent.chmod(0)
    result = unprivileged(made, "include/demo.h", "-w", "lua")
    assert_clear(result, "the header `include/demo.h` cannot be read: Permission denied")
    header.parent.chmod(0o755)


def test_a_damaged_ir_is_not_missing(project):
    made = project(headerkit='[tool.headerkit]\nwriters = ["json"]\n[tool.headerkit.headers."include/demo.h"]\n')
    made.populate()
    made.cli("cache", "clear", "--output")
    (ir,) = made.root.glob(".headerkit/ir/*/ir.json")
    ir.write_text(ir.read_text()[:100])
    said = "the stored entry `ir/{}` is damaged: `ir.json` has the wrong size".format(ir.parent.name)
    result = made.cli("check", check=False)
    assert_clear(result, "corrupt", said)
    assert "has no entry" not in result.err
    assert said in made.cli("generate", check=False).err
    made.populate()
    made.cli("check")


def test_a_project_of_extensions_has_nothing_to_generate(project):
    made = project(headerkit='[[tool.headerkit.extensions]]\nname = "demo._m"\nsources = ["m.c"]\n')
    result = made.cli("generate")
    assert result.err == "note: the project has extensions and no headers; there is nothing to generate\n"


def test_an_unwanted_stub_goes(project):
    made = project()
    made.populate()
    stub = made.root / "src/demo/_demo_ctypes.pyi"
    assert stub.exists()
    made.write("pyproject.toml", made.read("pyproject.toml") + "[tool.headerkit.writer.ctypes]\nstub = false\n")
    assert "removed the stub `src/demo/_demo_ctypes.pyi`" in made.populate().err
    assert not stub.exists()
    stub.write_text("answer: int\n")
    assert "removed" not in made.populate().err
    assert stub.read_text() == "answer: int\n"


def test_a_typed_header_that_is_not_there_gets_no_advice_about_files(project):
    made = project()
    result = made.cli("include/nonesuch.h", "-w", "cffi", check=False)
    assert_clear(result, "there is no header `include/nonesuch.h`")
    assert "pyproject.toml" not in result.err
    made.write("pyproject.toml", made.read("pyproject.toml").replace("include/demo.h", "include/nonesuch.h"))
    assert_clear(made.cli("generate", check=False), "paths start at the directory of pyproject.toml")


@pytest.mark.parametrize("typed, meant", [("linux/arm4", "linux/arm64"), ("linux/amd46", "linux/amd64"), ("x86_64-linx-gnu", "x86_64-linux-gnu")])
def test_a_misspelled_target_gets_a_suggestion(typed, meant, project):
    assert_clear(project().cli("check", "--target", typed, check=False), typed, "did you mean `{}`?".format(meant), code=2)


def test_what_the_other_headers_lack_is_told_beside_a_failure(project, tmp_path):
    """What was stored meanwhile comes without a word next time, so the run that parsed it speaks: the command, the API
    and a build."""
    text = '[tool.headerkit.headers."include/[ab].h"]\n[tool.headerkit.output]\nctypes = "src/demo/_{stem}.py"\n'
    made = project("flit_core", headerkit=text)
    made.write("include/a.h", "__int128 a_big(void);\nint a_small(void);\n")
    made.write("include/b.h", "#include \"nope.h\"\n")
    left_out = "include/a.h:1:10: warning: "
    # In a tree of its own, which is warm: what is stored there stays.
    tree = made.copy(tmp_path / "built").warm
    first, second = (tree.build_wheel(tmp_path / "out", check=False, libclang=True) for _ in range(2))
    for result in (first, second):
        assert_clear(result, "nope.h", "`src/demo/_a.py` leaves out or changes parts of `include/a.h` (1 warning)")
    call = "from headerkit import batch_generate; batch_generate(patterns=['include/*.h'], writers=['ctypes'], exclude_patterns=['include/d*.h'])"
    copy = made.copy(tmp_path / "called")
    told = copy.python(call, libclang=True, check=False)
    assert told.code and left_out in told.err and "nope.h" in told.err, str(told)
    result = made.cli("generate", libclang=True, check=False)
    assert_clear(result, left_out, "nope.h")
    assert result.err.count(left_out) == 1 and result.err.index(left_out) < result.err.index("error: ")
    assert not made.exists("src/demo/_a.py")
    made.write("include/b.h", "int b(void);\n")
    result = made.cli("generate", libclang=True)
    assert left_out not in result.err and made.exists("src/demo/_a.py")


def test_a_header_of_an_architecture_is_found_where_it_is(project):
    """Debian has some headers in a directory of the architecture, where an include finds them as well."""
    there = next(path for path in Path("/usr/include").glob("*-linux-gnu*/*.h") if not (path.parent.parent / path.name).exists())
    wanted = there.parent.parent / there.name
    made = project("flit_core", headerkit=ONE.replace("include/demo.h", str(wanted)))
    result = made.cli("generate", libclang=True, check=False)
    assert_clear(result, "header `{}` is not on this machine".format(wanted), "did you mean `{}`?".format(there))
