"""The shipped JSON Schemas: what we write and accept validates, and nothing else does."""

import copy
import json
import random

import jsonschema
import pytest
from project import run

HEADER = """\
#include <stdarg.h>
#define NUMBER 18446744073709551615ull
#define REAL 0.5
#define TEXT "text"
#define BYTES "\\xff"
#define CALL(a, ...) a
typedef struct opaque opaque;
/** Documented. */
typedef struct {int x, y;} point;
enum {UNNAMED = -1};
enum color {RED, GREEN};
typedef enum {ONE} number;
struct bits {
    unsigned a : 3, : 0, b : 5;
    int grid[2][3];
    int (*callback)(int, ...);
    union {int i; float f;};
    enum {IN_FIELD} e;
    const char *volatile names[];
};
struct __attribute__((packed)) tight {char c; int i;};
typedef int vector __attribute__((vector_size(16)));
typedef int aligned __attribute__((aligned(32)));
union both {_Bool b; double d; long double l; _Complex double c; __int128 big; _Atomic(int) a;};
extern const int table[2];
static const int fixed = 3;
int old();
void nothing(void *anything);
int labelled(point p) __asm__("other_name") __attribute__((deprecated));
static inline int doubled(int *restrict p, va_list list) { return 2 * *p; }
"""


@pytest.fixture(scope="module")
def validator(tools):
    """Of the schema that the binary prints, which is the one in the wheel."""
    schema = json.loads(run(tools.binary, "inspect", "schema", "ir").out)
    script = "import headerkit_backend.schemas as s, os; print(os.path.dirname(s.__file__))"
    folder = run(tools.python, "-c", script).out.strip()
    with open(folder + "/ir.schema.json", encoding="utf-8") as stream:
        assert json.load(stream) == schema
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def documents(tools, folder):
    (folder / "all.h").write_text(HEADER)
    env = tools.environment(libclang=True)
    for command in (["all.h", "-w", "json"], ["inspect", "ir", "all.h"]):
        yield json.loads(run(tools.binary, *command, "--no-config", cwd=folder, env=env).out)


def places(value, path=()):
    yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, path + (key,))


def replaced(document, path, change):
    """A copy of the document with another value at the path."""
    document = copy.deepcopy(document)
    parent = document
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = change(parent[path[-1]])
    return document


def test_what_is_written_validates(tools, tmp_path, validator):
    """The output of the writer json and the stored IR, with every kind of declaration and type."""
    for document in documents(tools, tmp_path):
        validator.validate(document)
        kinds = {value["kind"] for _, value in places(document) if isinstance(value, dict) and "kind" in value}
        assert kinds >= {
            "record", "enum", "typedef", "function", "variable", "constant", "macro_function",
            "void", "bool", "int", "float", "complex", "pointer", "array", "inline_record", "inline_enum",
            "vector", "atomic", "va_list",
        }, sorted(kinds)  # fmt: skip


def test_what_is_not_written_does_not_validate(tools, tmp_path, validator):
    """An unknown property anywhere, a wrong type anywhere, a required property left out."""
    document = next(documents(tools, tmp_path))
    choose = random.Random(7)
    for declaration in document["declarations"]:
        small = dict(document, defines=[], declarations=[declaration])
        found = [(path, value) for path, value in places(small) if path[:2] == ("declarations", 0)]
        objects = [path for path, value in found if isinstance(value, dict)]
        for path in choose.sample(objects, min(4, len(objects))):
            mutant = replaced(small, path, lambda value: dict(value, surprise=1))
            assert not validator.is_valid(mutant), (path, mutant)
        for path, _ in choose.sample(found, min(6, len(found))):
            mutant = replaced(small, path, lambda value: {"surprise": value})
            assert not validator.is_valid(mutant), (path, mutant)
        for key in ("kind", "location"):
            mutant = replaced(small, ("declarations", 0), lambda value: {k: v for k, v in value.items() if k != key})
            assert not validator.is_valid(mutant), (key, mutant)
    for key in ("schema_version", "path", "declarations"):
        assert not validator.is_valid({name: value for name, value in document.items() if name != key})
    assert not validator.is_valid(dict(document, schema_version=3))


GOOD = {
    "empty": "",
    "readme": """
        writers = ["cffi", "ctypes"]
        include_dirs = ["include"]
        defines = ["A", "B=1"]
        backend_args = ["-std=c11"]
        exclude = ["include/private/**"]
        scope = "library"
        own = ["include/sub/*.h"]
        target = "x86_64-linux-gnu"
        store_dir = ".headerkit"
        libclang = "never"
        inner_backend = "hatchling.build"
        backend = "libclang"
        [tool.headerkit.headers."include/a.h"]
        defines = ["CORE"]
        include-dirs = ["x"]
        [tool.headerkit.output]
        cffi = "src/{stem}.txt"
        [tool.headerkit.writer.cffi]
        exclude_patterns = ["^_"]
        extra-cdef = "int f(void);"
        [tool.headerkit.writer.ctypes]
        library = ["libz.so.1", "z"]
        [tool.headerkit.writer.json]
        indent = 2
        [tool.headerkit.writer.prompt]
        verbosity = "verbose"
        [tool.headerkit.cache]
        no_cache = true
        no-ir-cache = false
        [tool.headerkit.wheel]
        tag = "inner"
        files = {"a" = "b"}
        """,
    "hyphens": 'include-dirs = ["a"]\nbackend-args = []\nstore-dir = "s"\ninner-backend = "x"\nbackend-path = ["b"]\n',
    "list of headers": '[[tool.headerkit.headers]]\npattern = "include/**/*.h"\nwriter_options = {json = {indent = 1}}\n',
    "old name": "auto_install_libclang = false\n",
    "language": 'language = "c"\n',
}

BAD = {
    "unknown key": 'writer_s = ["cffi"]\n',
    "two spellings": 'include_dirs = []\ninclude-dirs = []\n',
    "two names": 'libclang = "auto"\nauto_install_libclang = true\n',
    "string for list": 'writers = "cffi"\n',
    "number in list": "defines = [1]\n",
    "option as define": 'defines = ["-DA"]\n',
    "option as directory": 'include_dirs = ["-Iinclude"]\n',
    "scope": 'scope = "everything"\n',
    "libclang": 'libclang = "always"\n',
    "backend": 'backend = "hatchling.build"\n',
    "tag": '[tool.headerkit.wheel]\ntag = "any"\n',
    "cache": "[tool.headerkit.cache]\nno_cash = true\n",
    "cache type": '[tool.headerkit.cache]\nno_cache = "yes"\n',
    "rule": '[tool.headerkit.headers."a.h"]\ninclude = ["x"]\n',
    "rule without pattern": '[[tool.headerkit.headers]]\ndefines = ["A"]\n',
    "output": "[tool.headerkit.output]\njson = 1\n",
}


@pytest.mark.parametrize("name, good", [(name, True) for name in GOOD] + [(name, False) for name in BAD])
def test_the_schema_of_the_configuration_agrees_with_us(tools, tmp_path, name, good):
    """What it accepts we accept, what it refuses we refuse."""
    body = "\n".join(line.strip() for line in (GOOD if good else BAD)[name].splitlines())
    toml = '[project]\nname = "demo"\nversion = "1"\n[tool.headerkit]\n' + body + "\n"
    (tmp_path / "pyproject.toml").write_text(toml)
    for header in ("include/a.h", "a.h"):
        (tmp_path / header).parent.mkdir(exist_ok=True)
        (tmp_path / header).write_text("int f(void);\n")
    env = tools.environment(libclang=False)
    ours = run(tools.binary, "inspect", "config", cwd=tmp_path, env=env, check=False)
    # validate-pyproject finds our schema by the entry point of the installed wheel.
    offline = dict(env, VALIDATE_PYPROJECT_NO_NETWORK="1")
    theirs = run(tools.python, "-m", "validate_pyproject", "pyproject.toml", cwd=tmp_path, env=offline, check=False)
    assert (ours.code == 0) == good, str(ours)
    assert (theirs.code == 0) == good, str(theirs)
    assert good or "tool.headerkit" in theirs.text, str(theirs)
