"""The Python API, as a build script uses it."""

import json
import subprocess
import sys

import pytest

from project import run

MYLIB_H = """\
#define MYLIB_VERSION 2
#ifdef DEBUG
void mylib_trace(const char *text);
#endif
#ifdef __aarch64__
int mylib_arm(void);
#endif
struct mylib_point { double x, y; };
typedef int (*mylib_visit)(const struct mylib_point *point, void *context);
int mylib_walk(struct mylib_point *points, unsigned count, mylib_visit visit);
int __mylib_hidden(void);
"""


@pytest.fixture
def library(project):
    made = project("flit_core", headerkit="")
    made.write("include/mylib.h", MYLIB_H)
    return made


def script(made, text, libclang=True, **options):
    """Runs a script in the project directory; what it prints as JSON lines is returned."""
    result = made.python("import json\n" + text, libclang=libclang, **options)
    return [json.loads(line) for line in result.out.splitlines()]


def test_one_header_and_one_writer(library):
    """The text is returned, and the second time the store has it; nothing is written unasked."""
    before = library.snapshot()
    call = 'from headerkit import generate\nprint(json.dumps(generate("include/mylib.h", "cffi")))\n'
    (first,) = script(library, call)
    (second,) = script(library, call, libclang=False)
    assert first == second and "int mylib_walk(" in first
    new = library.snapshot().keys() - before.keys()
    assert new and all(name.startswith(".headerkit/") for name in new)
    script(library, 'from headerkit import generate\ngenerate("include/mylib.h", "cffi", output_path="b/x.txt")\n')
    assert library.read("b/x.txt") == first


def test_several_writers_from_one_parse(library):
    text = """
from headerkit import generate_all
results = generate_all(
    "include/mylib.h",
    writers=["cffi", "ctypes", "json"],
    output_paths={
        "cffi": "bindings/mylib.cdef.txt",
        "ctypes": "bindings/mylib_ctypes.py",
        "json": "bindings/mylib_ir.json",
    },
)
for result in results:
    same = result.output_path.read_text(encoding="utf-8") == result.output
    print(json.dumps([result.writer_name, result.from_cache, same]))
"""
    assert script(library, text) == [["cffi", False, True], ["ctypes", False, True], ["json", False, True]]
    again = script(library, text, libclang=False)
    assert again == [["cffi", True, True], ["ctypes", True, True], ["json", True, True]]
    assert len(library.entries("ir")) == 1
    # What belongs to an output is written beside it.
    assert library.exists("bindings/mylib_ctypes.pyi")


def test_options_of_clang_and_writer(library):
    text = """
from headerkit import generate
print(json.dumps(generate(
    "include/mylib.h",
    "cffi",
    include_dirs=["/usr/local/include"],
    defines=["VERSION=2", "DEBUG"],
    writer_options={"exclude_patterns": "^__"},
)))
print(json.dumps(generate("include/mylib.h", "cffi", target="aarch64-unknown-linux-gnu")))
for bypass in ("no_cache", "no_ir_cache", "no_output_cache"):
    print(json.dumps("mylib_walk" in generate("include/mylib.h", "cffi", **{bypass: True})))
"""
    traced, arm, *bypassed = script(library, text)
    library.write("include/umbrella.h", '#include "mylib.h"\nint own(void);\n')
    scoped = 'from headerkit import generate\nprint(json.dumps(generate("include/umbrella.h", "cffi", scope="header")))\n'
    assert "mylib_walk" not in script(library, scoped)[0]
    assert "mylib_trace" in traced and "__mylib_hidden" not in traced and "mylib_arm" not in traced
    assert "mylib_arm" in arm and "mylib_trace" not in arm
    assert bypassed == [True] * 3


def test_umbrella_code(library, tmp_path):
    """A text in place of a file binds what the headers declare that it includes; macros are found there too."""
    folder = tmp_path / "nng" / "include" / "nng"
    (folder / "supplemental").mkdir(parents=True)
    (folder / "nng.h").write_text(
        "#define NNG_FLAG_ALLOC 1u\n#define NNG_FLAG_NONBLOCK (NNG_FLAG_ALLOC << 1)\n#include <stdint.h>\n"
        '#include "nng_types.h"\n#include <nng/supplemental/more.h>\nint nng_close(nng_socket socket);\n'
    )
    (folder / "nng_types.h").write_text("typedef struct { unsigned id; } nng_socket;\n")
    (folder / "supplemental" / "more.h").write_text("int nng_more(void);\n#define NNG_FLAG_MORE 4\n")
    library.write("include/near.h", "int near(void);\n")
    text = """
import sys
from headerkit import generate
def umbrella(code, name="umbrella.h"):
    print(json.dumps(generate(
        name, "cffi",
        code=code,
        include_dirs=[sys.argv[1]],
        writer_options={"define_patterns": [r"NNG_FLAG_\\w+"]},
    )))
umbrella('#include <nng/nng.h>\\n')
umbrella('#include "near.h"\\nint here(void);\\n', "include/umbrella.h")
"""
    arguments = [str(tmp_path / "nng" / "include")]
    result = library.python("import json\n" + text, *arguments, libclang=True)
    first, second = (json.loads(line) for line in result.out.splitlines())
    for name in ("NNG_FLAG_ALLOC", "NNG_FLAG_NONBLOCK", "NNG_FLAG_MORE"):
        assert "#define {} ".format(name) in first
    assert "nng_close(" in first and "nng_more(" in first and "uint8_t" not in first
    assert "near(" in second and "here(" in second
    # The text is what the key covers.
    again = library.python("import json\n" + text, *arguments, libclang=False)
    assert again.out == result.out
    edited = library.python("import json\n" + text.replace("here", "there"), *arguments, check=False)
    assert edited.code and "LibclangUnavailableError" in edited.err


def test_code_anywhere(library, tmp_path):
    """The header that a text stands for may be absent, with its directory, or a file that says something else."""
    text = """
import sys
from headerkit import generate
for path in ["nowhere/at/all.h", "include/mylib.h", sys.argv[1] + "/x.h", "odd [name].h"]:
    print(json.dumps(generate(path, "json", code="int from_text(void);")))
"""
    out = library.python("import json\n" + text, str(tmp_path / "outside"), libclang=True).out
    for line in out.splitlines():
        header = json.loads(json.loads(line))
        assert [one["name"] for one in header["declarations"]] == ["from_text"]
    assert "from_text" not in script(library, 'from headerkit import generate\nprint(json.dumps(generate("include/mylib.h")))')[0]


def test_project_prefixes(library, tmp_path):
    """What lies below them is bound wherever it is included from."""
    for folder, name in (("one", "far"), ("two", "farther")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / (name + ".h")).write_text("int {}(void);\n".format(name))
    library.write("include/outer.h", "#include <far.h>\n#include <farther.h>\nint outer(void);\n")
    text = """
import sys
from headerkit import generate
one, two = sys.argv[1:]
for prefixes in [None, (one,), (one + "/", two)]:
    header = json.loads(generate("include/outer.h", include_dirs=[one, two], project_prefixes=prefixes))
    print(json.dumps([one["name"] for one in header["declarations"]]))
"""
    out = library.python("import json\n" + text, str(tmp_path / "one"), str(tmp_path / "two"), libclang=True).out
    assert [json.loads(line) for line in out.splitlines()] == [["outer"], ["far", "outer"], ["far", "farther", "outer"]]


def test_batch(library):
    library.write("include/deep/other.h", "#ifdef SPECIAL\nint other(void);\n#endif\n")
    library.write("include/internal/secret.h", "int secret(void);\n")
    text = """
from headerkit import batch_generate
batch = batch_generate(
    patterns=["include/**/*.h"],
    exclude_patterns=["include/internal/**", "include/de[l-n]*.h", "include/detail/**"],
    writers=["cffi", "json"],
    output_templates={"cffi": "out/{dir}/{stem}.cdef.txt", "json": "out/{stem}.json"},
    header_overrides={"include/deep/*.h": {"defines": ["SPECIAL"]}},
)
print(json.dumps([batch.headers_processed, sorted(str(result.output_path) for result in batch.results)]))
"""
    ((number, paths),) = script(library, text)
    assert number == 2
    root = str(library.root) + "/out/"
    assert [path[len(root) :] for path in paths] == [
        "include/deep/other.cdef.txt",
        "include/mylib.cdef.txt",
        "mylib.json",
        "other.json",
    ]
    assert "other(" in library.read("out/include/deep/other.cdef.txt")


def test_errors_are_exceptions(library):
    """Each kind of error has a class of its own that is also the builtin one a caller may expect."""
    text = """
import headerkit
from headerkit import batch_generate, generate
calls = [
    lambda: generate("include/nope.h"),
    lambda: generate("include/mylib.h", "cfi"),
    lambda: generate("include/mylib.h", writer_options={"indnt": 1}),
    lambda: generate("include/mylib.h", target="toaster"),
    lambda: generate("include/mylib.h", code="int x(;"),
    lambda: generate("include/mylib.h", backend_name="gcc"),
    lambda: generate("include/mylib.h", outputpath="x"),
    lambda: batch_generate(patterns=["nope/*.h"]),
    lambda: batch_generate(patterns=["include/*.h"], output_templates={"json": "{stm}.json"}),
    lambda: batch_generate(patterns=["include/*.h"], writers=["json"], output_templates={"json": "one.json"}),
]
for call in calls:
    try:
        call()
    except Exception as error:
        print(json.dumps([type(error).__name__, [base.__name__ for base in type(error).__mro__], str(error)]))
"""
    found = script(library, text)
    expected = [
        ("HeaderNotFoundError", "FileNotFoundError", "nope.h"),
        ("UnknownWriterError", "ValueError", "`cffi`"),
        ("WriterOptionError", "ValueError", "indent"),
        ("TargetError", "ValueError", "toaster"),
        ("ParseError", "RuntimeError", "include/mylib.h:1:7"),
        ("ValueError", "ValueError", "gcc"),
        ("TypeError", "TypeError", "outputpath"),
        ("SelectionError", "ValueError", "nope/*.h"),
        ("SelectionError", "ValueError", "{stm}"),
        ("SelectionError", "ValueError", "one.json"),
    ]
    assert len(found) == len(expected)
    for (name, bases, message), (kind, base, fragment) in zip(found, expected):
        assert name == kind and base in bases and fragment in message, message
        assert "command line" not in message and "HEADER`" not in message, message


def test_without_libclang(library):
    text = """
from headerkit import LibclangUnavailableError, generate
try:
    generate("include/mylib.h", "cffi")
except RuntimeError as error:
    assert type(error) is LibclangUnavailableError
    print(json.dumps(str(error)))
"""
    (message,) = script(library, text, libclang=False)
    assert "include/mylib.h (cffi)" in message and "libclang-ng" in message


def test_what_is_left_out_is_a_warning(library):
    library.write("include/left.h", "#include <stdarg.h>\nint log_all(const char *format, va_list list);\nint f(void);\n")
    text = """
import warnings
from headerkit import HeaderkitWarning, generate
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    generate("include/left.h", "cffi")
for warning in caught:
    print(json.dumps([warning.category is HeaderkitWarning, warning.filename, str(warning.message)]))
"""
    found = script(library, text)
    assert len(found) == 1 and found[0][:2] == [True, "<string>"]
    assert found[0][2].startswith("include/left.h:2:5: warning: function `log_all`")


def test_stores_are_merged(library, tmp_path):
    text = """
import sys
from headerkit import generate, store_merge
for number, define in enumerate(["A", "B"]):
    generate("include/mylib.h", "cffi", defines=[define], store_dir=sys.argv[1] + str(number))
result = store_merge(
    sources=[sys.argv[1] + "0", sys.argv[1] + "1", sys.argv[1] + "0"],
    target=".headerkit/",
)
print(f"[{result.new_entries}, {result.skipped_entries}, {result.overwritten_entries}, {len(result.errors)}]")
"""
    out = library.python(text, str(tmp_path / "store-"), libclang=True).out
    assert json.loads(out) == [4, 2, 0, 0]
    assert len(library.entries("ir")) == len(library.entries("output/cffi")) == 2


def test_small_services(library):
    text = """
from pathlib import Path
import headerkit
root = Path.cwd()
print(json.dumps(headerkit.detect_process_triple()))
print(json.dumps(headerkit.resolve_target(target="arm64-apple-darwin")))
print(json.dumps(headerkit.resolve_target()))
paths, matched = headerkit.resolve_headers(["include/*.h", "include/my*.h"], ["include/demo.h"], root)
print(json.dumps([[str(path.relative_to(root)) for path in paths], [matched[path] for path in paths]]))
print(json.dumps(str(headerkit.resolve_output_path("{dir}/{stem}.x", root / "include/mylib.h", root).relative_to(root))))
try:
    headerkit.check_output_collisions({(Path("a.h"), "cffi"): Path("x"), (Path("b.h"), "cffi"): Path("x")})
except ValueError as error:
    print(json.dumps(str(error)))
print(json.dumps(sorted(set(headerkit.list_writers()) & {"cffi", "ctypes", "json"})))
"""
    process, target, default, headers, output, collision, writers = script(library, text, HEADERKIT_TARGET="s390x-linux-gnu")
    assert process.startswith("x86_64-linux-") or sys.platform != "linux" or process.count("-") == 2
    assert (target, default) == ("aarch64-macos", "s390x-linux-gnu")
    assert headers == [["include/mylib.h"], [["include/*.h", "include/my*.h"]]]
    assert output == "include/mylib.x"
    assert "a.h" in collision and "b.h" in collision
    assert writers == ["cffi", "ctypes", "json"]


def test_the_header_as_objects(library, tools, tmp_path):
    """The IR's view agrees with what a C compiler makes of the declarations it spells."""
    library.write(
        "include/types.h",
        "enum color { RED = 1, BLUE = -3 };\nunion u { int i; float f[2]; };\n"
        "struct s { unsigned a : 3, b : 5; union { char c; long l; }; const char *const *names; enum color color; };\n"
        "typedef long (*table[4])(struct s *self, int (*compare)(const void *, const void *), ...);\n"
        "#define LIMIT 7\n#define NAME \"n\"\nextern volatile unsigned long long counter;\nvoid old();\nvoid none(void);\n",
    )
    text = """
from headerkit import generate, get_writer, json_to_header
from headerkit.ir import Declaration, Header
header = json_to_header(generate("include/types.h", "json"))
assert isinstance(header, Header) and header == Header.from_json(generate("include/types.h"))
assert get_writer("cffi").write(header) == generate("include/types.h", "cffi")
by_name = {declaration.name: declaration for declaration in header}
assert isinstance(by_name["s"], Declaration) and by_name["s"].location.line == 3
assert (by_name["LIMIT"].value, by_name["NAME"].value) == (7, "n")
assert [constant.value for constant in by_name["color"].constants] == [1, -3]
try:
    header.path = "x"
except AttributeError as error:
    assert "read-only" in str(error)
lines = []
for one in header:
    if one.kind in ("record", "enum"):
        lines.append(one.body() + ";")
    elif one.kind in ("function", "variable"):
        lines.append("extern " + one.type.declare(one.name) + ";")
    elif one.kind == "typedef":
        lines.append("typedef " + one.type.declare(one.name) + ";")
print(json.dumps(lines))
print(json.dumps(by_name["s"].size))
"""
    lines, size = script(library, text)
    # Every declaration once more, spelled by us: the compiler refuses what is not the same type.
    prototypes = [line for line in lines if not line.startswith(("struct", "union", "enum"))]
    source = '#include "include/types.h"\n' + "\n".join(prototypes)
    records = [line for line in lines if line.startswith(("struct", "union", "enum"))]
    alone = "\n".join(records) + "\n_Static_assert(sizeof(struct s) == {}, \"size\");\n".format(size)
    for number, text in enumerate([source, alone]):
        path = library.write("check{}.c".format(number), text + "\n")
        run("cc", "-std=gnu11", "-fsyntax-only", path, cwd=library.root)


def test_types(tools):
    """The packages are typed: what a caller writes is checked."""
    code = (
        "import headerkit, headerkit_backend\n"
        "from importlib.resources import files\n"
        "assert (files(headerkit) / 'py.typed').is_file() and (files(headerkit_backend) / 'py.typed').is_file()\n"
    )
    subprocess.run([str(tools.python), "-c", code], check=True)


def test_cxx_as_objects(library):
    library.write(
        "include/shape.hpp",
        "namespace geo {\nclass Shape {\npublic:\n  virtual double area() const;\n  int sides;\nprivate:\n  long id;\n};\n}\n"
        'extern "C" int c_part(void);\n',
    )
    text = """
from headerkit import generate, json_to_header
header = json_to_header(generate("include/shape.hpp", language="c++"))
(shape,) = [one for one in header if one.kind == "cxx"]
print(json.dumps([shape.cxx, shape.class_, shape.name, shape.namespace]))
print(json.dumps([[one.cxx, one.name, one.access] for one in shape.members if one.name in ("area", "sides")]))
print(json.dumps([one.type.declare(one.name) for one in header if one.kind == "function"]))
"""
    shape, members, functions = script(library, text)
    assert shape == ["class", "class", "Shape", ["geo"]]
    assert members == [["function", "area", "public"], ["field", "sides", "public"]]
    assert functions == ["int c_part(void)"]
