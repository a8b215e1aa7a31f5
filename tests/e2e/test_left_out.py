"""What outputs lack of their headers reaches the build log, whether it was found now or when it was stored."""

import re

import pytest

from project import IN_WHEEL, front_end, members, only

PACKED = """\
struct demo_packed { char c; int bits : 3; int rest; } __attribute__((packed));
int demo_use(struct demo_packed *p);
#define DEMO_TWICE(x) ((x) + (x))
#define DEMO_CODE do { } while (0)
"""
API = """\
[tool.headerkit]
include_dirs = ["include"]
[tool.headerkit.headers."include/demo.h"]
[tool.headerkit.output]
cffi = "src/demo/demo.cdef.txt"
[tool.headerkit.writer.cffi]
mode = "api"
"""
LINE = re.compile(
    r"headerkit: `src/demo/demo\.cdef\.txt` leaves out or changes parts of `include/demo\.h` \(1 warning\); to list them: "
    r"`headerkit-backend (inspect warnings include/demo\.h -w cffi[^`]*)`"
)
DETAIL = "include/demo.h:1:8: warning: struct `demo_packed`: "
MACRO = "DEMO_CODE"


@pytest.fixture
def lossy(project):
    def make(inner="hatchling", headerkit=API):
        made = project(inner, headerkit=headerkit)
        made.write("include/demo.h", PACKED)
        return made

    return make


def lines(result):
    """The line of each output in a log, as commands."""
    return LINE.findall(result.text.replace("\n", " "))


def build(front, made, out, **options):
    if front == "hook":
        return made.build_wheel(out, libclang=options.pop("libclang", False), env=options)
    if front == "pip":
        options["PIP_VERBOSE"] = "1"
    return front_end(front, "wheel", made, made.root, out, **options)


@pytest.mark.parametrize("front", ["hook", "pip", "build", "uv"])
@pytest.mark.parametrize("how", ["parsed", "written from the stored IR", "stored"])
def test_each_build_log_has_a_line(front, how, lossy, tmp_path):
    made = lossy()
    if how != "parsed":
        made.populate()
    if how == "written from the stored IR":
        made.cli("cache", "clear", "--output")
    result = build(front, made, tmp_path / "out", libclang=how == "parsed")
    (command,) = lines(result)
    assert DETAIL not in result.text and MACRO not in result.text, result
    # Macros that nobody could bind are one note.
    assert result.text.count("some macros or inline functions are not bound") == 1, result
    # The command lists what the line has counted, where the store has it and where not, and changes nothing.
    tree = result.tree
    before = tree.snapshot()
    listed = tree.cli(*command.split(), libclang=how == "parsed")
    assert listed.out.count(": warning: ") == 1 and DETAIL in listed.out, listed
    assert tree.snapshot() == before


@pytest.mark.parametrize("front", ["hook", "pip", "build", "uv"])
@pytest.mark.parametrize("is_stored", [False, True])
def test_who_asks_for_more_is_told_each(front, is_stored, lossy, tmp_path):
    made = lossy()
    if is_stored:
        made.populate()
    result = build(front, made, tmp_path / "out", libclang=not is_stored, HEADERKIT_LOG="debug")
    assert len(lines(result)) == 1
    assert result.text.count(DETAIL) == 1, result
    if not is_stored:
        assert MACRO in result.text


def test_the_line_names_the_target(lossy, tmp_path):
    made = lossy()
    made.cli("cache", "populate", "--platform", "linux/arm64", libclang=True)
    result = made.build_wheel(tmp_path / "out", env={"HEADERKIT_TARGET": "linux/arm64"})
    (command,) = lines(result)
    assert command.endswith(" --target aarch64-linux-gnu")
    assert DETAIL in result.tree.cli(*command.split()).out


def test_what_is_bound_whole_has_no_line(project, tmp_path):
    made = project()
    made.write("include/demo.h", "struct demo { int a; };\nint demo_run(struct demo *demo);\n")
    made.populate()
    result = made.build_wheel(tmp_path / "out")
    assert "leaves out" not in result.text and "not bound" not in result.text
    assert made.fresh().cli("inspect", "warnings").out == ""


def test_what_the_parser_says_is_stored_with_each_output(project, tmp_path):
    """No IR is read where the store has the outputs."""
    made = project("flit_core")
    made.write("include/only.h", "#include <stddef.h>\n#define ONLY 3\n")
    made.write("pyproject.toml", made.read("pyproject.toml").replace("include/demo.h", "include/only.h"))
    first = made.cli("generate", libclang=True)
    assert "itself declares nothing but macros" in first.err
    result = made.build_wheel(tmp_path / "out")
    assert result.err.count("leaves out or changes parts of `include/only.h`") >= 3
    listed = result.tree.cli("inspect", "warnings")
    assert listed.out.count("itself declares nothing but macros") == 1


def test_a_source_distribution_has_no_line(lossy, tmp_path):
    """It has no bindings; the wheel that is built from it says it."""
    made = lossy()
    made.populate()
    assert lines(made.build_sdist(tmp_path / "sdist")) == []
    result = front_end("build", "sdist+wheel", made, made.root, tmp_path / "out")
    assert len(lines(result)) == 1
    assert "demo/demo.cdef.txt" in members(only(tmp_path / "out", "*.whl"))


def test_editable_installs_say_it_too(lossy, tmp_path):
    made = lossy()
    made.populate()
    assert len(lines(made.fresh().hook("build_editable", wheel_directory=tmp_path))) == 1


def test_each_output_has_its_line(project, tmp_path):
    made = project()
    made.write("include/demo.h", "_Float16 demo_half(_Float16 x);\n" + made.read("include/demo.h"))
    made.populate()
    result = made.build_wheel(tmp_path / "out")
    named = re.findall(r"headerkit: `src/(\S+)` leaves out", result.err)
    assert named and set(named) <= set(IN_WHEEL) and len(named) == len(set(named)), named


LONG = "".join("#define DEMO_CODE{0} do {{ }} while (0)\n#define DEMO_LIKE{0}(x) (x)\n".format(n) for n in range(8))
LONG += "".join("static inline int demo_inline{}(void) {{ return 1; }}\n".format(n) for n in range(8)) + "int demo(void);\n"


@pytest.mark.parametrize("writer", ["cffi", "ctypes", "cython", "lua"])
@pytest.mark.parametrize("is_stored", [False, True])
def test_every_name_is_told_to_who_asks(writer, is_stored, project):
    """Lists that stop after a few names go on with -v and in JSON, where the store has it as well."""
    made = project(headerkit='[tool.headerkit.headers."include/demo.h"]\n[tool.headerkit]\nwriters = ["{}"]\n'.format(writer))
    made.write("include/demo.h", LONG)
    if is_stored:
        made.populate()
    kinds = ["DEMO_CODE", "DEMO_LIKE"] + ["demo_inline"] * (writer != "cython")
    names = ["`{}{}`".format(kind, n) for kind in kinds for n in range(8)]
    few = made.cli("inspect", "warnings", libclang=not is_stored).out
    assert "`DEMO_LIKE4`, ..." in few and "`DEMO_LIKE5`" not in few
    for arguments in (["inspect", "warnings", "-v"], ["inspect", "warnings", "--json"], ["generate", "--json"]):
        told = made.cli(*arguments, libclang=not is_stored)
        lost = [name for name in names if name not in told.out]
        assert not lost, (arguments, lost, told.out)
    assert all(name in made.cli("generate", "-v", libclang=not is_stored).err for name in names)
