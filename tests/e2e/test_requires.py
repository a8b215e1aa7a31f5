"""Which build requirements we add, and when."""

import json
import re
import shlex
from pathlib import Path

import pytest

from project import CALL_HOOK, HEADERKIT, assert_clear, front_end, run

REQUIRES = [
    "get_requires_for_build_wheel",
    "get_requires_for_build_sdist",
    "get_requires_for_build_editable",
]
each_hook = pytest.mark.parametrize("hook", REQUIRES)


def libclang_in(requirements):
    return [requirement for requirement in requirements if requirement.startswith("libclang")]


@each_hook
def test_full_hit_adds_nothing(project, hook):
    """Everything is in the store: the inner backend's own answer."""
    made = project("poetry-core")
    made.populate()
    assert made.hook(hook).value == made.hook(hook, module="poetry.core.masonry.api").value


@each_hook
def test_miss_without_libclang_asks_for_a_pinned_one(project, hook):
    """Empty store, no libclang: exactly one pinned requirement beside the inner backend's."""
    made = project("hatchling")
    value = made.hook(hook).value
    (requirement,) = libclang_in(value)
    assert requirement.startswith("libclang-ng==")
    assert set(value) - {requirement} == set(made.hook(hook, module="hatchling.build").value)


def test_pinned_libclang_can_be_installed(project, tools, tmp_path):
    """The requirement that is asked for resolves for this interpreter."""
    (requirement,) = libclang_in(project("flit_core").hook(REQUIRES[0]).value)
    command = [tools.python, "-m", "pip", "download", "--quiet", "--no-deps", "-d", tmp_path / "out", requirement]
    run(*command, env=tools.environment(False))


def test_miss_with_libclang_adds_nothing(project):
    """It is here already."""
    assert project("flit_core").hook(REQUIRES[0], libclang=True).value == []


def test_stale_store_asks_too(project):
    """A changed header is a miss."""
    made = project("flit_core")
    made.populate()
    made.write("include/demo.h", made.read("include/demo.h") + "\nint later(void);\n")
    assert libclang_in(made.hook(REQUIRES[0]).value)


def test_bypassed_store_asks_too(project):
    """`no-cache` needs a parser."""
    made = project("flit_core")
    made.populate()
    assert libclang_in(made.hook(REQUIRES[0], config_settings={"no-cache": "true"}).value)
    assert not libclang_in(made.hook(REQUIRES[0], config_settings={"no-cache": "false"}).value)


def provision(value):
    return HEADERKIT.replace("[tool.headerkit]\n", '[tool.headerkit]\nlibclang = "{}"\n'.format(value))


def test_never(project, tmp_path):
    """`libclang = "never"`: nothing is added, and the build error names the command that fills the store."""
    made = project("flit_core", headerkit=provision("never"))
    assert made.hook(REQUIRES[0]).value == []
    result = made.build_wheel(tmp_path / "out", check=False)
    assert_clear(result, "LibclangUnavailableError", "headerkit-backend generate", ".headerkit", "include/demo.h")


def test_require(project):
    """`libclang = "require"`: asked for even on a hit."""
    made = project("flit_core", headerkit=provision("require"))
    made.populate()
    assert libclang_in(made.hook(REQUIRES[0]).value)


@pytest.mark.parametrize("value, added", [("1", True), ("0", False)])
def test_variable_decides_over_the_file(project, value, added):
    """HEADERKIT_AUTO_INSTALL_LIBCLANG."""
    made = project("flit_core", headerkit=provision("never" if added else "auto"))
    asked = made.hook(REQUIRES[0], env={"HEADERKIT_AUTO_INSTALL_LIBCLANG": value}).value
    assert bool(libclang_in(asked)) == added


def test_auto_module_overrides_never(project):
    """`headerkit.build_backend_auto` is the documented way to say so by name."""
    made = project("flit_core", headerkit=provision("never"))
    assert libclang_in(made.hook(REQUIRES[0], module="headerkit.build_backend_auto").value)
    assert not libclang_in(made.hook(REQUIRES[0], module="headerkit.build_backend").value)


def test_no_headers_need_no_libclang(project):
    """Nothing configured."""
    assert project("flit_core", headerkit="").hook(REQUIRES[0]).value == []


def test_editable_requirement_of_hatchling(project):
    """The inner backend's `editables` is not lost."""
    made = project("hatchling")
    made.populate()
    assert any(requirement.startswith("editables") for requirement in made.hook(REQUIRES[2]).value)


@pytest.mark.parametrize("front", ["pip", "uv"])
def test_isolated_build_provides_libclang(project, front, tmp_path):
    """An empty store and no libclang on the machine: the front end installs it into the isolated environment.

    LIBCLANG_PATH would hide that one too, so the configuration demands it, and only the package's own
    library can be what parses."""
    made = project("flit_core", headerkit=provision("require"))
    options = {"UV_CACHE_DIR": str(tmp_path / "cache"), "HEADERKIT_LOG": "debug"}
    result = front_end(front, "wheel", made, made.root, tmp_path / "out", isolation=True, libclang=None, **options)
    assert list((tmp_path / "out").glob("*.whl")), str(result)
    (slug,) = result.tree.entries("ir")
    used = json.loads(result.tree.read(".headerkit/ir/{}/metadata.json".format(slug)))["libclang_version"]
    (pinned,) = libclang_in(made.hook(REQUIRES[0]).value)
    assert re.search(r"\d+", used)[0] == pinned.split("==")[1].split(".")[0]


OLD = """
typedef struct { const void *data; unsigned flags; } CXString;
CXString clang_getClangVersion(void) { CXString s = { "Debian clang version 13.0.1-6", 0 }; return s; }
const char *clang_getCString(CXString s) { return s.data; }
void clang_disposeString(CXString s) { (void)s; }
void clang_Type_visitFields(void) {}
void clang_Cursor_Evaluate(void) {}
void clang_EvalResult_getAsUnsigned(void) {}
void clang_getFileContents(void) {}
void clang_Type_getModifiedType(void) {}
void clang_Type_getValueType(void) {}
void clang_parseTranslationUnit2(void) {}
"""
CRASHING = "__attribute__((constructor)) static void begin(void) { __builtin_trap(); }"
UNUSABLE = {
    "old": (OLD, "Debian clang version 13.0.1-6 is too old, 14 or later is needed"),
    "incomplete": ("int clang_none;", "lacks functions of libclang 14"),
    "crashing": (CRASHING, "the parser ended before it loaded a libclang (signal"),
    "empty": ("", "the file is cut off"),
    "other machine's": (None, "invalid ELF class (32-bit)"),
}


class Machine:
    """A machine whose only libclang cannot be used: it takes the place of those that are here, and of the managed copy."""

    def __init__(self, tools, folder, source):
        library = folder / "data/headerkit-backend/libclang/clang/native/libclang.so"
        library.parent.mkdir(parents=True)
        if source:
            (folder / "old.c").write_text(source)
            run("cc", "-shared", "-fPIC", "-o", library, folder / "old.c")
        elif source is None:
            # The header of a library for 32-bit x86, as far as the loader reads it.
            library.write_bytes(b"\x7fELF\x01\x01\x01" + bytes(9) + b"\x03\0\x03\0\x01" + bytes(500))
        else:
            library.touch()
        found = [path for pattern in ("*/libclang*.so*", "*/lib/libclang*.so*") for path in Path("/usr/lib").glob(pattern)]
        self.environment = {"XDG_DATA_HOME": str(folder / "data")}
        here = sorted({str(path.resolve()) for path in [tools.libclang, *found] if "cpp" not in path.name})
        places = ["mount --bind {} {}".format(shlex.quote(str(library)), shlex.quote(one)) for one in here]
        self.command = ["unshare", "--mount", "--map-root-user", "sh", "-ec", "; ".join([*places, 'exec "$@"']), "sh"]

    def run(self, made, *command, check=True):
        return run(
            *self.command,
            *command,
            cwd=made.root,
            env=made.tools.environment(None, **self.environment),
            check=check,
        )

    def requires(self, made):
        answer = made.root.parent / "answer.json"
        told = self.run(made, made.tools.python, "-c", CALL_HOOK, answer, "headerkit_backend", REQUIRES[0], "{}")
        return json.loads(answer.read_text()), told.err


@pytest.mark.parametrize("kind", UNUSABLE)
def test_a_libclang_that_cannot_be_used_counts_as_none(project, tmp_path, kind):
    """A line was added to the header: one that works is asked for, and one note says what was passed over."""
    source, why = UNUSABLE[kind]
    made = project("flit_core")
    made.populate()
    machine = Machine(made.tools, tmp_path / "machine", source)
    assert machine.requires(made) == ([], ""), "nothing is tried for what the store has"
    made.write("include/demo.h", made.read("include/demo.h") + "\nint later(void);\n")
    asked, told = machine.requires(made)
    assert libclang_in(asked)
    assert told.count("is asked for") == 1 and libclang_in(asked)[0] in told and why in told, told
    report = json.loads(machine.run(made, made.tools.binary, "doctor", "--json").out)
    (problem,) = report["problems"]
    assert "there is no libclang here; builds will ask for it" in problem["message"]
    # Where nothing may be asked for, what is told helps.
    made.configure(headerkit=provision("never"))
    told = machine.run(made, made.tools.binary, "hook", "build_wheel", "--project", ".", "--out", tmp_path, check=False)
    assert_clear(told, why)
    assert "pip install" not in told.err


def test_an_isolated_build_gets_the_libclang_that_the_machine_lacks(project, tmp_path):
    """pip installs what is asked for, and it is what parses."""
    made = project("flit_core")
    made.populate()
    made.write("include/demo.h", made.read("include/demo.h") + "\nint later(void);\n")
    machine = Machine(made.tools, tmp_path / "machine", OLD)
    pip = [made.tools.python, "-m", "pip", "wheel", "-v", "--no-deps", "--no-cache-dir", "-w", tmp_path / "out", "."]
    told = machine.run(made, *pip)
    assert list((tmp_path / "out").glob("*.whl"))
    assert told.text.count("no libclang of this machine can be used") == 1, str(told)


def test_an_unusable_libclang_that_is_named_is_an_error(project, tmp_path):
    made = project("flit_core")
    library = made.write("old/libclang.so", b"")
    environment = {"LIBCLANG_PATH": str(library)}
    assert not libclang_in(made.hook(REQUIRES[0], libclang=None, env=environment).value)
    result = made.hook("build_wheel", libclang=None, env=environment, check=False, wheel_directory=tmp_path)
    assert_clear(result, "no usable libclang was found", "correct LIBCLANG_PATH, which names no usable libclang", "the file is cut off")
