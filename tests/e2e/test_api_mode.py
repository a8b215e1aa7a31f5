"""cffi's API mode without settings: the module is built of what the header says, and says what it does without."""

import re
import shutil
import zipfile
from pathlib import Path

import pytest

from inners import BY_NAME
from project import Project, assert_clear, run

TABLES = """\
[tool.headerkit]
writers = ["cffi"]
[tool.headerkit.headers."include/lib.h"]
[tool.headerkit.output]
cffi = "include/{stem}.cdef.txt"
[tool.headerkit.writer.cffi]
mode = "api"
"""
MODULE = """\
[[tool.headerkit.extensions]]
name = "demo._lib"
cffi = {header = "include/lib.h", source = '#include "lib.h"'}
include_dirs = ["include"]
"""


class Module:
    """A project whose one module cffi writes over `include/lib.h`; built in a clone, with nothing stored before."""

    def __init__(self, made, folder):
        self.made = made
        self.folder = folder

    def configure(self, header, options="", extension="", reading="", **sources):
        self.made.write("include/lib.h", header)
        for name, text in sources.items():
            self.made.write(name + ".c", text)
        tables = TABLES.replace("[tool.headerkit.output]", reading + "[tool.headerkit.output]")
        self.made.configure(headerkit=tables + options + MODULE + extension)
        self.made.git()
        self.made = self.made.clone(self.folder / "clone")
        return self

    def build(self, check=True):
        out = self.folder / "dist"
        shutil.rmtree(out, ignore_errors=True)
        environment = {"HEADERKIT_BUILD_DIR": str(self.folder / "objects"), "LC_ALL": "de_DE.UTF-8"}
        return self.made.warm.build_wheel(out, libclang=True, check=check, env=environment)

    def run(self, code):
        """The words that the code prints, and what the build said."""
        result = self.build()
        unpacked = self.folder / "unpacked"
        shutil.rmtree(unpacked, ignore_errors=True)
        with zipfile.ZipFile(result.value) as archive:
            archive.extractall(unpacked)
        setup = "import sys; sys.path.insert(0, {!r})\nfrom demo._lib import ffi, lib\n".format(str(unpacked))
        return run(self.made.tools.python, "-c", setup + code).out.split(), result.err

    def objects(self):
        return {path: path.stat().st_mtime_ns for path in (self.folder / "objects").rglob("*.o")}


@pytest.fixture
def module(project, tmp_path):
    return Module(project("flit_core"), tmp_path)


# Types


def test_members_with_typedefs_of_enums_are_there(module):
    header = """\
typedef enum { MODE_A, MODE_B } mode;
typedef enum { NEGATIVE = -1, POSITIVE = 1 } sign;
struct config {
    char x;
    struct { int a; mode m; const char *p; } playback;
    struct { sign s; } inner;
    struct { mode m; } array[4];
};
struct flags { mode m; unsigned on : 1; unsigned off : 3; };
static inline unsigned long where(int what) {
    switch (what) {
    case 0: return sizeof(struct config);
    case 1: return __builtin_offsetof(struct config, playback.p);
    default: return __builtin_offsetof(struct config, array);
    }
}
static inline int is_off(struct flags f) { return f.m == MODE_B && f.on == 1 && f.off == 5; }
"""
    code = """\
at = lambda name, *path: ffi.offsetof(name, *path)
print(lib.where(0) - ffi.sizeof("struct config"), lib.where(1) - at("struct config", "playback", "p"))
print(lib.where(2) - at("struct config", "array"), lib.is_off({"m": lib.MODE_B, "on": 1, "off": 5}))
config = ffi.new("struct config *")
config.playback.m, config.inner.s, config.array[3].m = lib.MODE_B, lib.NEGATIVE, lib.MODE_B
print(config.playback.m, config.inner.s, config.array[3].m)
"""
    said, log = module.configure(header).run(code)
    assert said == ["0", "0", "0", "1", "1", "-1", "1"]
    assert "left out" not in log


def test_enums_have_the_names_that_people_use(module):
    header = """\
typedef enum _lib_status { LIB_OK, LIB_BAD } lib_status_t;
typedef enum lib_kind { LIB_A, LIB_B } lib_kind_t;
enum _lib_tagged { LIB_T };
typedef enum _lib_tagged lib_tagged_t;
static inline lib_status_t status(lib_kind_t kind) { return kind == LIB_A ? LIB_OK : LIB_BAD; }
static inline int tagged(enum _lib_tagged t) { return t; }
"""
    code = """\
print(*(ffi.typeof(name).cname.replace(" ", "_") for name in ("lib_status_t", "lib_kind_t", "lib_tagged_t")))
print(ffi.typeof("enum lib_kind") is ffi.typeof("lib_kind_t"), ffi.typeof("enum _lib_tagged").kind)
print(lib.status(lib.LIB_B), lib.tagged(lib.LIB_T))
"""
    said, _ = module.configure(header).run(code)
    assert said == ["lib_status_t", "enum_lib_kind", "enum__lib_tagged", "True", "enum", "1", "0"]


EXCLUDED = """\
struct priv { int secret; };
typedef struct priv *handle;
typedef struct { int w; long v; } info;
static inline int take(handle h, info *i) { return h != 0 && i->v == 7; }
"""


def test_a_type_of_ones_own_stands_where_the_excluded_one_would(module):
    options = """\
exclude_patterns = ["^handle$", "^info$", "^priv$"]
extra_cdef = ["typedef void *handle;", "typedef struct {", "    long v;", "    ...;", "} info;", "#define LATER ..."]
"""
    code = """\
info = ffi.new("info *", {"v": 7})
print([name for name, _ in ffi.typeof("info").fields], ffi.typeof("handle").item.cname, lib.take(ffi.cast("void *", 1), info))
print(lib.LATER)
"""
    said, log = module.configure(EXCLUDED + "#define LATER 3\n", options).run(code)
    assert said == ["['v']", "void", "1", "3"]
    assert "though `exclude_patterns`" not in log


def test_an_excluded_type_that_is_needed_is_told(module):
    header = """\
struct inner { int n; };
typedef struct inner inner_t;
struct outer { inner_t l; };
struct user { struct outer o; };
static inline int first(struct user *u) { return u->o.l.n; }
"""
    code = 'print(lib.first(ffi.new("struct user *", {"o": {"l": {"n": 5}}})))'
    said, _ = module.configure(header, 'exclude_patterns = ["^inner$", "^outer$"]\n').run(code)
    assert said == ["5"]
    told = module.made.cli("generate", "--no-cache", "--verbose", libclang=True).err
    assert "include/lib.h:1:8: note: struct `inner` is written though `exclude_patterns` names it" in told


# Reading

SYSTEM = """\
#include <sys/types.h>
#include <sys/socket.h>
struct places { off_t offset; fd_set set; };
#ifdef _GNU_SOURCE
static inline int reading(void) { return 1; }
#else
int reading(void);
#endif
#ifdef _LARGEFILE_SOURCE
#define READ_AS_LARGE 1
#endif
struct mapped {
    int file;
#ifdef HAVE_MMAP
    void *start;
#endif
};
"""


def test_a_header_is_read_as_the_code_of_cffi_reads_it(module):
    code = 'print(ffi.sizeof("struct places") > 0, lib.reading(), lib.READ_AS_LARGE, ffi.typeof("fd_set").fields[0][0])'
    code += '; print(ffi.sizeof("struct mapped"), len(ffi.typeof("struct mapped").fields))'
    said, log = module.configure(SYSTEM).run(code)
    assert said == ["True", "1", "1", "fds_bits", "16", "2"] and "lacks" not in log


def test_each_output_has_its_reading(project, tmp_path):
    made = project("flit_core")
    made.write("include/lib.h", SYSTEM)
    outputs = 'ctypes = "src/demo/lib.py"\ncython = "src/demo/lib.pxd"\n[tool.headerkit.writer.cffi]'
    tables = TABLES.replace('["cffi"]', '["cffi", "ctypes", "cython"]').replace("[tool.headerkit.writer.cffi]", outputs)
    made.configure(headerkit=tables)
    said = made.populate().err
    assert "processed 1 header " in said
    assert "READ_AS_LARGE" in made.read("src/demo/lib.pxd") and "READ_AS_LARGE" in made.read("include/lib.cdef.txt")
    assert "READ_AS_LARGE" not in made.read("src/demo/lib.py")
    names = [name.rpartition(".")[2] for name in made.entries("ir")]
    assert sorted(names) == ["Python-h", "x86_64-linux-gnu"]
    # What is stored serves without libclang, nothing of it is waste, and it is what is made again.
    made.git()
    clone = made.clone(tmp_path / "clone")
    result = clone.build_wheel(tmp_path / "dist")
    assert result.value and "lib.py" in str(zipfile.ZipFile(result.value).namelist())
    assert "Would remove 0 entries" in clone.cli("cache", "prune", "--dry-run").text
    clone.cli("check", "--strict", "--target", "x86_64-linux-gnu")
    clone.cli("check", "--reparse", libclang=True) if "--reparse" in clone.cli("check", "--help").out else None
    config = clone.cli("inspect", "config").out
    assert config.count('"header": "include/lib.h"') == 1 and config.count('"writer"') == 4
    assert clone.cli("inspect", "ir").out.count('"schema_version"') == 1


def test_the_users_own_define_wins(project):
    made = project("flit_core")
    made.write("include/lib.h", "#if _XOPEN_SOURCE == 600 && _GNU_SOURCE\n#define OWN 1\n#endif\n")
    made.configure(headerkit=TABLES.replace("[tool.headerkit]\n", '[tool.headerkit]\ndefines = ["_XOPEN_SOURCE=600"]\n'))
    made.populate()
    assert "#define OWN ..." in made.read("include/lib.cdef.txt")


def test_a_header_that_does_not_compile_is_told_once(project):
    made = project("flit_core")
    made.write("include/lib.h", "int broken(unknown_type x);\n")
    made.configure(headerkit=TABLES.replace('["cffi"]', '["cffi", "json"]'))
    result = made.cli("generate", libclang=True, check=False)
    assert result.err.count("unknown type name") == 1, result.err


def test_what_release_1_0_has_read_serves(tools, tmp_path):
    made = Project(tmp_path / "project", tools, BY_NAME["flit_core"])
    shutil.copytree(Path(__file__).parent / "stores" / "1.0", made.root, dirs_exist_ok=True)
    settings = made.read("pyproject.toml").replace('json = "src/demo/{stem}.json"', 'cython = "src/demo/{stem}.pxd"')
    made.write("pyproject.toml", settings.replace("[tool.headerkit.writer.cffi]", '[tool.headerkit.writer.cffi]\nmode = "api"'))
    result = made.cli("generate", "--target", "x86_64-linux-gnu")
    assert "plain_t" in made.read("src/demo/plain.cdef.txt") and "plain_t" in made.read("src/demo/plain.pxd")
    assert result.err.count("an earlier release stored") == 1
    made.cli("generate", "--target", "x86_64-linux-gnu", libclang=True)
    names = [name for name in made.entries("ir") if "Python-h" in name]
    assert len(names) == 1 and len(made.entries("ir")) == 3


# Building

FOREIGN = """\
int here(int x);
static inline int more(void) { return 0; }
static inline int and_more(void) { return 0; }
int hidden(int x, int y);
#define hidden(x) hidden(x, 1)
enum mixed { ONE,
#ifdef READ
    TWO,
#endif
    THREE = 9 };
struct part { int a;
#ifdef READ
    int b;
#endif
};
#ifdef READ
int unknown(void);
extern int variable;
#define CONSTANT 5
typedef struct { int c; } whole;
void use(whole *w);
#endif
"""
LIBRARY = "int here(int x) { return x + 1; }\nint hidden(int x, int y) { return x + y; }\n"
READ = 'backend_args = ["-DREAD"]\n'


@pytest.mark.parametrize("compiler", ["system", "zig"])
def test_a_module_does_without_what_its_compiler_does_not_know(compiler, module):
    extension = 'compiler = "{}"\nsources = ["lib.c"]\n'.format(compiler)
    code = """\
print(*sorted(dir(lib)), lib.here(1), lib.hidden(1, 2), *sorted(ffi.typeof("enum mixed").elements))
print([name for name, _ in ffi.typeof("struct part").fields], ffi.sizeof("struct part"))
"""
    said, log = module.configure(FOREIGN, extension=extension, reading=READ, lib=LIBRARY).run(code)
    assert said == ["ONE", "THREE", "and_more", "here", "hidden", "more", "2", "3", "0", "9", "['a']", "4"]
    assert log.count("Warning: headerkit: `demo._lib` lacks 7 declarations of `include/lib.h`: its compiler") == 1
    for name in ("unknown", "variable", "CONSTANT", "TWO", "struct part.b", "use", "whole"):
        assert "`{}`".format(name) in log, name
    # What is known from now on is not tried again, and said again.
    before = module.objects()
    again, log = module.run(code)
    assert again == said and log.count("`demo._lib` lacks 7") == 1 and module.objects() == before
    # With another state of the header it is found out anew.
    module.made.write("include/lib.h", "#define READ\n" + FOREIGN)
    module.made.write("lib.c", LIBRARY + "int variable;\nint unknown(void) { return 8; }\nvoid use(void *w) {}\n")
    again, log = module.run("print(lib.unknown(), lib.CONSTANT, lib.variable)")
    assert again == ["8", "5", "0"] and "lacks" not in log


LIBRARIES = """\
libraries = ["held"]
[[tool.headerkit.extensions]]
kind = "static-library"
name = "held"
sources = ["held.c"]
"""


@pytest.mark.parametrize("compiler", ["system", "zig"])
def test_a_module_does_without_what_its_libraries_lack(compiler, module):
    header = "int held(int x);\nint absent(void);\nextern long nowhere;\nint printed(const char *format, ...);\n"
    header += "int wide(int x);\n#define wide(x) wide_of(x)\nint wide_of(int x);\n"
    extension = 'compiler = "{}"\n'.format(compiler) + LIBRARIES
    held = "int held(int x) { return 2 * x; }\n"
    said, log = module.configure(header, extension=extension, held=held).run("print(*dir(lib), lib.held(4))")
    assert said == ["held", "8"]
    warning = "`demo._lib` lacks 5 declarations of `include/lib.h`: no library that it is linked with defines"
    assert log.count(warning + " `absent`, `nowhere`, `printed`, `wide`, `wide_of`") == 1
    before = module.objects()
    assert module.run("print(lib.held(4))")[0] == ["8"] and module.objects() == before
    module.made.write("held.c", held + "int absent(void) { return 3; }\nlong nowhere = 4;\n")
    said, log = module.run("print(lib.absent(), lib.nowhere)")
    assert said == ["3", "4"] and "lacks 3 declarations of" in log and "`printed`" in log


@pytest.mark.parametrize(
    "extension, words",
    [
        ("", ["`absent`", "`held`", "which no library", "`exclude_patterns`, or `symbols`"]),
        (LIBRARIES.replace('"held.c"', '"other.c"'), ["`absent`", "`held`", "which no library"]),
        ('sources = ["held.c"]\n', ["uses `absent`, which no library", "`exclude_patterns`, or `symbols`"]),
    ],
)
def test_a_module_that_lacks_its_library_is_not_built(extension, words, module):
    header = "int held(int x);\nint absent(void);\n"
    held = "int held(int x) { return 2 * x; }\n"
    made = module.configure(header, extension=extension, held=held, other="int other(void) { return 0; }\n")
    assert_clear(made.build(check=False), *words)


def test_a_module_without_its_library_is_told_the_first_names_and_the_library_first(module):
    names = ["held", *("lib_{}".format(letter) for letter in "gfedcba")]
    module.configure("".join("int {}(int x);\n".format(name) for name in names), extension="")
    log = module.build(check=False).err
    assert "uses `held`, `lib_a`, `lib_b`, `lib_c`, `lib_d` and 3 more, which no library" in log and "lib_e" not in log
    assert log.index("hint: name the library in `libraries`") < log.index("hint: the bindings declare `held`")


def test_a_module_whose_source_lacks_the_header_is_not_built(module):
    module.configure("int held(int x);\nint other(int x);\nstruct s { int a; };\n")
    settings = module.made.read("pyproject.toml")
    module.made.write("pyproject.toml", settings.replace("'#include \"lib.h\"'", "'#include <stdio.h>'"))
    assert_clear(module.build(check=False), "compiling", "held")


OWN_SOURCE = """
cffi = {header = "include/lib.h", source = '''
#include "lib.h"
static int helper(void) { return MISSPELLED; }
'''}"""


@pytest.mark.parametrize("where", ["several lines", "one line", "a file"])
@pytest.mark.parametrize("compiler", ["system", "zig"])
def test_errors_in_the_users_own_source_are_told_at_its_line(where, compiler, module):
    module.configure("static inline int fine(void) { return 7; }\n", extension='compiler = "{}"\n'.format(compiler))
    made = module.made
    own = made.read("pyproject.toml")
    (line,) = [line for line in own.splitlines() if line.startswith("cffi = {")]
    if where == "several lines":
        own = own.replace(line, OWN_SOURCE)
    elif where == "one line":
        own = own.replace(line, '\ncffi = {header = "include/lib.h", source = "int helper(void) { return MISSPELLED; }"}')
    else:
        own = own.replace(line, 'cffi = {header = "include/lib.h", source_file = "own.c"}')
        made.write("own.c", '#include "lib.h"\n\nstatic int helper(void) { return MISSPELLED; }\n')
    made.write("pyproject.toml", own)
    name, text = ("own.c", made.read("own.c")) if where == "a file" else ("pyproject.toml", own)
    (number,) = [number for number, line in enumerate(text.splitlines(), 1) if "MISSPELLED" in line]
    result = module.build(check=False)
    assert result.code == 1 and re.search(r"^{}:{}:\d+: error: .*MISSPELLED".format(name, number), result.err, re.M), result


def test_errors_in_extra_cdef_are_told_at_its_line(module):
    module.configure("static inline int fine(void) { return 7; }\n", options='extra_cdef = [\n  "int good(int);",\n  "int broken(((",\n]\n')
    result = module.build(check=False)
    assert result.code == 1 and re.search(r"pyproject\.toml:\d+:\d+: `extra_cdef`: int broken\(\(\(", result.err), result


def test_a_misspelled_header_of_a_module_gets_a_suggestion(module):
    module.configure("static inline int fine(void) { return 7; }\n")
    module.made.write("pyproject.toml", module.made.read("pyproject.toml").replace('header = "include/lib.h"', 'header = "include/lbi.h"'))
    result = module.build(check=False)
    assert "the header `include/lbi.h` is not configured; did you mean `include/lib.h`?" in result.err


def test_a_pattern_that_matches_nothing_is_told(module):
    module.configure("static inline int fine(void) { return 7; }\n", options='exclude_patterns = ["^nonesuch_", "^fine_?"]\n')
    made = module.made
    told = made.cli("generate", libclang=True, check=False)
    assert told.err.count("nothing matches the pattern of `exclude_patterns` `^nonesuch_`") == 1 and "`^fine_?`" not in told.err
    # Of several headers one is enough.
    made.write("include/other.h", "static inline int nonesuch_1(void) { return 7; }\n")
    made.write("pyproject.toml", made.read("pyproject.toml") + '[tool.headerkit.headers."include/other.h"]\noutput.cffi = "other.txt"\n')
    for _ in range(2):
        assert "nothing matches" not in made.cli("generate", "-v", libclang=True, check=False).err


def test_a_missing_include_of_a_module_is_told_once(module):
    module.configure("static inline int fine(void) { return 7; }\n")
    module.made.write("pyproject.toml", module.made.read("pyproject.toml").replace('#include "lib.h"', '#include "nonesuch.h"'))
    result = module.build(check=False)
    assert result.err.count("`include_dirs`") == 1, result


MEMBERS = """\
struct swapped { int tag; int len; int other; };
#define len other
struct lost { char first; int width; };
#define width no_such_member
struct nested { union { int low; int high; } inner; int low; };
#define low inner.low
typedef struct { int a; int deep; } unnamed;
#define deep a + 1
int here(int x);
"""


@pytest.mark.parametrize("compiler", ["system", "zig"])
def test_members_that_macros_hide_are_bound(compiler, module):
    """C itself sees the members by their names where the macro is undone."""
    code = """\
for name in ("struct swapped", "struct lost", "struct nested", "unnamed"):
    print([(name, field.offset) for name, field in ffi.typeof(name).fields])
value = ffi.new("struct swapped *", [1, 2, 3])
print(value.len, value.other, lib.here(1))
"""
    extension = 'compiler = "{}"\nsources = ["lib.c"]\n'.format(compiler)
    said, log = module.configure(MEMBERS, extension=extension, lib="int here(int x) { return x; }\n").run(code)
    assert " ".join(said) == (
        "[('tag', 0), ('len', 4), ('other', 8)] [('first', 0), ('width', 4)] [('inner', 0), ('low', 4)] "
        "[('a', 0), ('deep', 4)] 2 3 1"
    )
    assert "lacks" not in log
