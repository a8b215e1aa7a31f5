"""Writers of one's own: programs and classes, on the command line, in hooks and from Python."""

import json
import shutil

import pytest

from project import NOWHERE, assert_clear, front_end, members, only, run

CONFIGURATION = """\
[tool.headerkit]
include_dirs = ["include"]
writers = ["{name}", "json"]
[tool.headerkit.headers."include/demo.h"]
[tool.headerkit.output]
{name} = "src/demo/{{stem}}.tsv"
json = "src/demo/{{stem}}.json"
[tool.headerkit.writer.{name}]
columns = ["kind", "name"]
{settings}
"""
COMMAND = 'command = ["{python}", "tools/tsv.py"]\n'

TSV = """\
import json, os, sys
options = json.loads(os.environ["HEADERKIT_WRITER_OPTIONS"])
assert set(options) == {"columns"}, options
sys.stderr.write("writing %s\\n" % os.path.basename(os.getcwd()))
for declaration in json.load(sys.stdin)["declarations"]:
    print(*(declaration.get(column, "-") for column in options["columns"]), sep="\\t")
"""
EXPECTED = "function\tdemo_run"

# A distribution with two writers, one of which cannot be loaded.
MODULE = '''\
"""A writer of tab separated values."""
import os
import sys


class Tsv:
    output_extension = ".tsv"
    default_output_pattern = "{dir}/{stem}-names.tsv"

    def __init__(self, columns=("name",)):
        self.columns = columns

    @property
    def name(self):
        return "names"

    @property
    def format_description(self):
        return "Names and kinds"

    def write(self, header):
        print("printed")
        lines = ["\\t".join(str(getattr(one, column)) for column in self.columns) for one in header]
        return "\\n".join(lines) + "\\n"


class Clock(Tsv):
    cache_output = False

    def write(self, header):
        return os.environ["CLOCK"] + "\\n"


class Broken(Tsv):
    def write(self, header):
        raise LookupError("no such luck")


class Number(Tsv):
    def write(self, header):
        return 3
'''
DISTRIBUTION = """\
[build-system]
requires = ["flit_core"]
build-backend = "flit_core.buildapi"
[project]
name = "demo-writers"
version = "1.0"
description = "Writers"
[tool.flit.module]
name = "demo_writers"
[project.entry-points."headerkit.writers"]
names = "demo_writers:Tsv"
clock = "demo_writers:Clock"
broken = "demo_writers:Broken"
number = "demo_writers:Number"
lost = "demo_writers.lost:Writer"
"""


@pytest.fixture
def program(project):
    """A project with a writer that is a script."""
    made = project("flit_core", headerkit=CONFIGURATION.format(name="tsv", settings=COMMAND))
    made.write("tools/tsv.py", TSV)
    return made


@pytest.fixture
def with_writers(new_venv, tmp_path):
    """An interpreter that has the distribution."""
    folder = tmp_path / "distribution"
    folder.mkdir()
    (folder / "demo_writers.py").write_text(MODULE)
    (folder / "pyproject.toml").write_text(DISTRIBUTION)
    python = new_venv("with-writers")
    run(python, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--no-build-isolation", folder)
    return python


def cli(made, python, *arguments, libclang=True, check=True, **env):
    """The command as that interpreter starts it."""
    environment = made.tools.environment(libclang, **env)
    return run(python, "-m", "headerkit_backend", *arguments, cwd=made.root, env=environment, check=check)


def test_a_program_writes(program):
    """It gets the IR and its options; what it says is passed on; the store has its output from then on."""
    result = program.cli("generate", libclang=True)
    assert EXPECTED in program.read("src/demo/demo.tsv").splitlines()
    assert "tsv: writing project" in result.err
    assert program.entries("output/tsv") and len(program.entries("ir")) == 1
    (program.root / "src/demo/demo.tsv").unlink()
    again = program.cli("generate")
    assert "from the store" in again.err and "writing" not in again.err
    assert EXPECTED in program.read("src/demo/demo.tsv").splitlines()
    program.cli("check")


def test_the_key_covers_the_program_and_its_options(program):
    program.cli("generate", libclang=True)
    program.write("tools/tsv.py", TSV.replace('sep="\\t"', 'sep=";"'))
    # The IR is stored: no libclang is needed to write anew.
    program.cli("generate")
    assert "function;demo_run" in program.read("src/demo/demo.tsv")
    for settings in (COMMAND + "cache_version = 2\n", COMMAND.replace(".py", ".py', '-x").replace('"', "'")):
        program.configure(CONFIGURATION.format(name="tsv", settings=settings))
        assert "miss" in program.cli("generate", "--verbose").err
        assert "miss" not in program.cli("generate", "--verbose").err
    program.configure(CONFIGURATION.format(name="tsv", settings=COMMAND).replace('"kind", ', ""))
    program.cli("generate")
    assert "demo_run" in program.read("src/demo/demo.tsv").splitlines()


def test_a_variable_in_a_command(program):
    """It counts as written, so that machines share entries, and need not be set where the store has the output."""
    program.configure(CONFIGURATION.format(name="tsv", settings=COMMAND.replace("tools/", "${TOOLS}/")))
    program.cli("generate", libclang=True, TOOLS=str(program.root / "tools"))
    assert "unchanged, from the store" in program.cli("generate").err
    program.write("include/demo.h", "int changed(void);\n")
    assert_clear(program.cli("generate", libclang=True, check=False), "pyproject.toml:", "`TOOLS`")


def test_a_program_that_is_not_stored(program):
    program.configure(CONFIGURATION.format(name="tsv", settings=COMMAND + "cache_output = false\n"))
    program.cli("generate", libclang=True)
    assert not program.entries("output/tsv")
    assert "tsv: writing" in program.cli("generate").err
    program.cli("check")
    # A hook needs no libclang for it either: the IR is there.
    assert program.hook("get_requires_for_build_wheel").value == []


def test_the_store_needs_no_program(program, tmp_path):
    """A wheel from an sdist has the output although no program can run; the sdist brings the script for the key."""
    program.cli("generate", libclang=True)
    sdist = program.build_sdist(tmp_path / "sdist").value
    out = tmp_path / "out"
    out.mkdir()
    empty = tmp_path / "empty"
    empty.mkdir()
    made = front_end("pip", "wheel", program, sdist, out, PATH=str(empty))
    assert made.code == 0
    assert EXPECTED in members(only(out, "*.whl"))["demo/demo.tsv"].decode().splitlines()


SCRIPTS = {
    "missing": ('command = ["tools/nope"]', ["`tools/nope` cannot be started", "relative to the project"]),
    "not on PATH": ('command = ["nope-nope"]', ["`nope-nope` cannot be started", "PATH"]),
    "not executable": ('command = ["./tools/tsv.py"]', ["`./tools/tsv.py` cannot be started"]),
    "status": ('command = ["sh", "-c", "seq 30 >&2; echo half; exit 3"]', ["exit status: 3", "\n  21\n", "\n  30\n"]),
    "signal": ('command = ["sh", "-c", "kill -9 $$"]', ["signal: 9"]),
    "garbage": ("command = [\"printf\", '\\377\\376']", ["not UTF-8"]),
    "hangs": ('command = ["sh", "-c", "echo patience >&2; exec sleep 60"]', ["within 1 s", "patience", "HEADERKIT_PARSE_TIMEOUT"]),
    "hangs after its output": (
        'command = ["sh", "-c", "echo x; exec >&-; exec sleep 60"]',
        ["within 1 s", "HEADERKIT_PARSE_TIMEOUT"],
    ),
}


@pytest.mark.parametrize("settings, says", SCRIPTS.values(), ids=SCRIPTS.keys())
def test_programs_that_fail(program, settings, says):
    """The message names writer, program, what happened and what it said last; no output is touched."""
    program.configure(CONFIGURATION.format(name="tsv", settings=settings + "\n"))
    result = program.cli("generate", libclang=True, check=False, HEADERKIT_PARSE_TIMEOUT="1")
    assert_clear(result, "writer `tsv` failed", *says)
    assert not program.exists("src/demo/demo.tsv") and not program.exists("src/demo/demo.json")
    assert not program.entries("output/tsv") and program.entries("output/json")


def test_a_program_may_ignore_its_input(program):
    program.configure(CONFIGURATION.format(name="tsv", settings='command = ["echo", "x"]\n'))
    program.write("include/demo.h", "".join("int f{}(int a, int b);\n".format(number) for number in range(5000)))
    program.cli("generate", libclang=True)
    assert program.read("src/demo/demo.tsv") == "x\n"


def test_names_nobody_has(program):
    """The nearest name, and who was asked."""
    result = program.cli("include/demo.h", "-w", "tvs", check=False, libclang=True)
    assert_clear(result, "unknown writer `tvs`; did you mean `tsv`?", "headerkit.writers", "has none of that name", code=2)
    result = program.cli("include/demo.h", "-w", "tvs", check=False, libclang=True, HEADERKIT_PYTHON=NOWHERE)
    assert_clear(result, "unknown writer `tvs`", "cannot be asked", code=2)
    program.configure(CONFIGURATION.format(name="names", settings=""))
    result = program.hook("build_wheel", wheel_directory=program.root, check=False)
    assert_clear(result, "pyproject.toml:", "unknown writer `names`", "headerkit.writers")


def test_an_entry_point_on_the_command_line(project, with_writers):
    made = project("flit_core", headerkit=CONFIGURATION.format(name="names", settings=""))
    result = cli(made, with_writers, "generate")
    assert EXPECTED in made.read("src/demo/demo.tsv").splitlines()
    assert "names: printed" in result.err
    # Where nothing is configured, the class says where its output goes.
    cli(made, with_writers, "include/demo.h", "-w", "names", "-w", "json", "--no-config")
    assert "demo_run" in made.read("include/demo-names.tsv").splitlines()
    # Elsewhere the store has it, and neither libclang nor the class is needed.
    stored = made.cli("generate", "--verbose")
    assert "demo.tsv (from the store" in stored.err
    # An edited header needs both.
    made.write("include/demo.h", "int changed(void);\n")
    assert_clear(made.cli("generate", libclang=True, check=False), "unknown writer `names`", "headerkit.writers")
    cli(made, with_writers, "generate")
    assert made.read("src/demo/demo.tsv") == "function\tchanged\n"


def test_an_entry_point_in_a_hook(project, with_writers, tmp_path):
    """A front end's build has the writers that its environment has."""
    made = project("flit_core", headerkit=CONFIGURATION.format(name="names", settings=""))
    out = tmp_path / "out"
    out.mkdir()
    command = [with_writers, "-m", "pip", "wheel", "--no-deps", "--no-cache-dir", "--no-build-isolation", "-w", out]
    run(*command, made.root, cwd=tmp_path, env=made.tools.environment(True))
    assert EXPECTED in members(only(out, "*.whl"))["demo/demo.tsv"].decode().splitlines()
    # From the store without them.
    shutil.rmtree(out)
    out.mkdir()
    front_end("pip", "wheel", made, made.root, out)
    assert EXPECTED in members(only(out, "*.whl"))["demo/demo.tsv"].decode().splitlines()


@pytest.mark.parametrize(
    "name, says",
    [("broken", "LookupError: no such luck"), ("number", "returned int, not str"), ("lost", "No module named")],
)
def test_classes_that_fail(project, with_writers, name, says):
    made = project("flit_core", headerkit=CONFIGURATION.format(name=name, settings=""))
    result = cli(made, with_writers, "generate", check=False)
    assert result.code == 1 and "writer `{}`".format(name) in result.err and says in result.err, str(result)
    assert not made.exists("src/demo/demo.json")


def test_an_option_that_a_class_does_not_take(project, with_writers):
    made = project("flit_core", headerkit=CONFIGURATION.format(name="names", settings="colums = 1\n"))
    result = cli(made, with_writers, "generate", check=False)
    assert result.code == 1 and "unexpected keyword argument 'colums'" in result.err


def test_an_output_that_must_not_be_stored(project, with_writers):
    made = project("flit_core", headerkit=CONFIGURATION.format(name="clock", settings=""))
    for time in ("1", "2"):
        cli(made, with_writers, "generate", CLOCK=time)
        assert made.read("src/demo/demo.tsv") == time + "\n"
    assert not made.entries("output/clock")


def test_plug_in_modules(project, tools, tmp_path):
    """A module that registers its writer; it need not be a distribution."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "demo_writers.py").write_text(
        MODULE + "\n\nfrom headerkit.writers import register_writer\nregister_writer('mine', Tsv)\n"
    )
    text = CONFIGURATION.format(name="mine", settings="").replace("[tool", 'plugins = ["demo_writers"]\n[tool', 2)
    made = project("flit_core", headerkit=text.replace('plugins = ["demo_writers"]\n', "", 1))
    cli(made, tools.python, "generate", PYTHONPATH=str(tmp_path / "site"))
    assert EXPECTED in made.read("src/demo/demo.tsv").splitlines()


API = """\
import json, sys
from headerkit import WriterError, generate, generate_all, get_writer, list_writers
from headerkit.writers import register_writer

class MyWriter:
    cache_output = %s
    runs = 0

    def __init__(self, prefix="", fail=False):
        self.prefix, self.fail = prefix, fail

    @property
    def name(self) -> str:
        return "mywriter"

    @property
    def format_description(self) -> str:
        return "My custom output format"

    def write(self, header):
        MyWriter.runs += 1
        if self.fail:
            raise KeyError("sorry")
        return "".join(self.prefix + one.name + "\\n" for one in header if one.kind == "function")

register_writer("mywriter", MyWriter)
"""


@pytest.mark.parametrize("cached", [True, False])
def test_a_registered_class(project, cached):
    """A class of the calling process runs there, once per parse at most, and is stored unless it says otherwise."""
    made = project("flit_core", headerkit="")
    made.write("include/detail/types.h", "#pragma once\ntypedef double demo_coord;\n")
    made.write(
        "use.py",
        API % cached
        + """
assert "mywriter" in list_writers()
results = generate_all("include/demo.h", ["mywriter", "cffi"], writer_options={"mywriter": {"prefix": "> "}})
assert results[0].output == "> demo_run\\n" and not results[0].from_cache, results[0]
for _ in range(2):
    assert generate("include/demo.h", "mywriter", writer_options={"prefix": "> "}) == "> demo_run\\n"
print(json.dumps(MyWriter.runs))
assert get_writer("mywriter", prefix="x").prefix == "x"
try:
    generate("include/demo.h", "mywriter", writer_options={"fail": True})
except WriterError as error:
    assert isinstance(error.__cause__, KeyError) and "mywriter" in str(error), error
else:
    raise AssertionError
""",
    )
    environment = made.tools.environment(True)
    result = run(made.tools.python, "use.py", cwd=made.root, env=environment)
    assert json.loads(result.out) == (1 if cached else 3)
    assert bool(made.entries("output/mywriter")) == cached


def test_a_plug_in_module_that_fails(project, tmp_path, tools):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "demo_writers.py").write_text("import nothing_like_this\n")
    made = project("flit_core", headerkit='[tool.headerkit]\nplugins = ["demo_writers"]\n')
    result = cli(made, tools.python, "include/demo.h", "-w", "mine", PYTHONPATH=str(tmp_path / "site"), check=False)
    assert_clear(result, "unknown writer `mine`", "No module named 'nothing_like_this'", "'demo_writers'", code=2)


def test_names_that_cannot_be_registered(project):
    made = project("flit_core", headerkit="")
    made.python(
        """
from headerkit import register_writer
class Writer:
    def write(self, header):
        return ""
for name, cls in [("cffi", Writer), ("../x", Writer), ("x", object), ("", Writer)]:
    try:
        register_writer(name, cls)
    except (TypeError, ValueError) as error:
        print(error)
    else:
        raise AssertionError(name)
register_writer("mine", Writer)
register_writer("mine", Writer, is_default=True, description="Mine")
from headerkit import get_writer
assert isinstance(get_writer(), Writer)
"""
    )
