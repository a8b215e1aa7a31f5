"""What `diff` calls a change, and what it says that the change breaks: the C compiler and its output decide."""

import json
import subprocess

import pytest
from project import assert_clear, run

# Old and new declarations, and the changes: kind, name and what breaks.
CASES = {
    "nothing": ("int f(int a);", "int f(int a);", []),
    "added": ("", "int f(void); struct s {int a;}; union u {int a;}; enum e {A}; typedef int t; extern int v;", [
        ("function_added", "f", ""), ("struct_added", "s", ""), ("union_added", "u", ""), ("enum_added", "e", ""),
        ("typedef_added", "t", ""), ("variable_added", "v", ""),
    ]),
    "removed": ("int f(void); struct s {int a;}; typedef int t; extern int v;\n#define M 1\n#define C(x) x", "", [
        ("function_removed", "f", "abi api"), ("struct_removed", "s", "api"), ("typedef_removed", "t", "api"),
        ("variable_removed", "v", "abi api"), ("constant_removed", "M", "api"), ("macro_removed", "C", "api"),
    ]),
    "parameter type": ("int f(int a);", "int f(double a);", [("function_signature_changed", "f", "abi api")]),
    "parameter count": ("int f(int a);", "int f(int a, int b);", [("function_signature_changed", "f", "abi api")]),
    "result": ("int f(void);", "void f(void);", [("function_signature_changed", "f", "abi api")]),
    "parameter name": ("int f(int a);", "int f(int b);", [("function_parameter_renamed", "f", "")]),
    "parameter gets a name": ("int f(int);", "int f(int b);", []),
    "sign": ("int f(int a);", "int f(unsigned a);", [("function_signature_changed", "f", "api")]),
    "const of the pointee": ("int f(char *a);", "int f(const char *a);", [("function_signature_changed", "f", "")]),
    "const lost": ("int f(const char *a);", "int f(char *a);", [("function_signature_changed", "f", "api")]),
    "const of a result": ("char *f(void);", "const char *f(void);", [("function_signature_changed", "f", "api")]),
    "const of a parameter": ("int f(int a);", "int f(const int a);", []),
    "pointee": ("int f(int *a);", "int f(long long *a);", [("function_signature_changed", "f", "abi api")]),
    "callback": ("int f(int (*g)(int));", "int f(int (*g)(int, int));", [
        ("function_signature_changed", "f", "abi api")]),
    "variadic": ("int f(int a);", "int f(int a, ...);", [("function_signature_changed", "f", "abi")]),
    "prototype": ("int f();", "int f(void);", [("function_signature_changed", "f", "")]),
    "convention": ("int f(int a);", "int f(int a) __attribute__((ms_abi));", [
        ("function_signature_changed", "f", "abi api")]),
    "inline": ("int f(int a);", "static inline int f(int a) { return a; }", [("function_linkage_changed", "f", "abi")]),
    "symbol": ("int f(int a);", 'int f(int a) __asm__("g");', [("function_linkage_changed", "f", "abi")]),
    "function to macro": ("int f(int a);", "#define f(a) (a)", [("function_removed", "f", "abi"), ("macro_added", "f", "")]),
    "deprecated": ("int f(int a);", "int f(int a) __attribute__((deprecated));", [("deprecation_added", "f", "")]),
    "renamed typedef": ("typedef int a; int f(a x);", "typedef int b; int f(b x);", [
        ("typedef_removed", "a", "api"), ("function_signature_changed", "f", ""), ("typedef_added", "b", "")]),
    "changed typedef": ("typedef int t; int f(t x);", "typedef long long t; int f(t x);", [("typedef_changed", "t", "abi api")]),
    "typedef of the same": ("typedef int i; typedef int t;", "typedef int i; typedef i t;", [("typedef_changed", "t", "")]),
    "tag added": ("typedef struct {int a;} t; int f(t *x);", "typedef struct t {int a;} t; int f(t *x);", [("struct_added", "t", "")]),
    "opaque tag renamed": ("typedef struct _t t; int f(t *x);", "typedef struct t t; int f(t *x);", [
        ("struct_removed", "_t", "api"), ("typedef_changed", "t", ""), ("struct_added", "t", "")]),
    "field appended": ("struct s {int a;};", "struct s {int a; int b;};", [
        ("struct_field_added", "s", ""), ("struct_layout_changed", "s", "abi")]),
    "field into padding": ("struct s {int a; double d;};", "struct s {int a; int b; double d;};", [
        ("struct_field_added", "s", "api")]),
    "field inserted": ("struct s {int a; int b;};", "struct s {int a; int n; int b;};", [
        ("struct_field_added", "s", "api"), ("struct_layout_changed", "s", "abi")]),
    "field removed": ("struct s {int a; int b;};", "struct s {int a;};", [
        ("struct_field_removed", "s", "abi api"), ("struct_layout_changed", "s", "abi")]),
    "field renamed": ("struct s {int a; int b;};", "struct s {int a; int c;};", [("struct_field_renamed", "s", "api")]),
    "fields reordered": ("struct s {int a; int b;};", "struct s {int b; int a;};", [
        ("struct_field_reordered", "s", "abi api"), ("struct_layout_changed", "s", "abi")]),
    "field type": ("struct s {int a;};", "struct s {float a;};", [("struct_field_type_changed", "s", "abi api")]),
    "field width": ("struct s {unsigned a : 3;};", "struct s {unsigned a : 4;};", [("struct_field_type_changed", "s", "abi")]),
    "fields into an anonymous struct": ("struct s {int a; int b;};", "struct s {int a; struct {int b;};};", []),
    "fields into an anonymous union": ("struct s {int a; int b;};", "struct s {int a; union {int b; int c;};};", [
        ("struct_field_added", "s", "")]),
    "inner field": ("struct s {struct {int a;} in;};", "struct s {struct {short a;} in;};", [
        ("struct_field_type_changed", "s.in", "abi api"), ("struct_layout_changed", "s", "abi"),
        ("struct_layout_changed", "s.in", "abi")]),
    "embedded": ("struct a {int x;}; struct b {struct a m; int y;};", "struct a {int x, z;}; struct b {struct a m; int y;};", [
        ("struct_field_added", "a", ""), ("struct_layout_changed", "a", "abi"), ("struct_layout_changed", "b", "abi")]),
    "packed": ("struct s {char c; int i;};", "struct __attribute__((packed)) s {char c; int i;};", [
        ("struct_layout_changed", "s", "abi")]),
    "opaque now": ("struct s {int a;};", "struct s; int f(struct s *);", [
        ("struct_layout_changed", "s", "abi api"), ("function_added", "f", "")]),
    "defined now": ("struct s; int f(struct s *);", "struct s {int a;}; int f(struct s *);", [("struct_layout_changed", "s", "")]),
    "struct to union": ("struct s {int a;};", "union s {int a;};", [("struct_removed", "s", "api"), ("union_added", "s", "")]),
    "union member": ("union u {int a;};", "union u {int a; char c;};", [("union_field_added", "u", "")]),
    "union grows": ("union u {int a;};", "union u {int a; double d;};", [
        ("union_field_added", "u", ""), ("union_layout_changed", "u", "abi")]),
    "enum value appended": ("enum e {A, B};", "enum e {A, B, C};", [("enum_value_added", "e", "")]),
    "enum value inserted": ("enum e {A, B};", "enum e {A, C, B};", [
        ("enum_value_changed", "e", "abi"), ("enum_value_added", "e", "")]),
    "enum value removed": ("enum e {A, B};", "enum e {A};", [("enum_value_removed", "e", "abi api")]),
    "enum grows": ("enum e {A};", "enum e {A, B = 1ll << 40};", [
        ("enum_layout_changed", "e", "abi"), ("enum_value_added", "e", "")]),
    "unnamed enum": ("enum {A, B};", "enum {A = 1, C};", [
        ("enum_value_changed", "A", "abi"), ("enum_value_removed", "B", "abi api"), ("enum_value_added", "C", "")]),
    "macro to enum": ("#define A 1", "enum {A = 1};", [("constant_removed", "A", ""), ("enum_value_added", "A", "")]),
    "macro value": ("#define A 1", "#define A 2", [("constant_changed", "A", "abi")]),
    "macro type": ("#define A 1", '#define A "1"', [("constant_changed", "A", "abi api")]),
    "version": ("#define LIB_VERSION_NUM 1", "#define LIB_VERSION_NUM 2", [("constant_changed", "LIB_VERSION_NUM", "")]),
    "text": ('#define A "1"', '#define A "2"', [("constant_changed", "A", "")]),
    "macro parameters": ("#define A(x) x", "#define A(x, y) x", [("macro_changed", "A", "api")]),
    "variable type": ("extern int v;", "extern long long v;", [("variable_type_changed", "v", "abi api")]),
    "variable const": ("extern int v;", "extern const int v;", [("variable_type_changed", "v", "api")]),
    "array length": ("extern int v[2];", "extern int v[3];", [("variable_type_changed", "v", "abi api")]),
    "moved": ("int f(void);\nstruct s {int a;};", "struct s {int a;};\n\nint f(void);", []),
    "cycle": ("typedef struct a {struct a *n;} t;", "typedef struct b {struct b *n;} t;", [
        ("struct_removed", "a", "api"), ("typedef_changed", "t", ""), ("struct_added", "b", "")]),
}  # fmt: skip


@pytest.fixture
def diff(tools, tmp_path):
    """Compares two texts; gives the document."""

    def compare(old, new, *arguments):
        (tmp_path / "old.h").write_text(old + "\n")
        (tmp_path / "new.h").write_text(new + "\n")
        env = tools.environment(libclang=True)
        command = [tools.binary, "diff", "old.h", "new.h", "--no-config", *arguments]
        return run(*command, cwd=tmp_path, env=env, check=False)

    return compare


@pytest.mark.parametrize("name", CASES)
def test_changes_and_what_they_break(diff, name):
    """The table above; the counts and the exit status follow from it."""
    old, new, expected = CASES[name]
    result = diff(old, new, "--exit-code")
    document = json.loads(result.out)
    found = [(entry["kind"], entry["name"], " ".join(entry["breaks"])) for entry in document["entries"]]
    assert sorted(found) == sorted(expected), result.out
    breaking = [entry for entry in document["entries"] if entry["breaks"]]
    assert all((entry["severity"] == "breaking") == bool(entry["breaks"]) for entry in document["entries"])
    assert document["summary"] == {
        "total": len(found), "breaking": len(breaking), "non_breaking": len(found) - len(breaking),
    }  # fmt: skip
    assert result.code == (1 if breaking else 0)


# Programs, and which of the interfaces above they work with.
PROGRAM = """\
#include HEADER
#include <stdio.h>
int main(void) { USE; return 0; }
"""


@pytest.mark.parametrize(
    "name, use",
    [
        ("const of the pointee", "char text[2] = {0}; (void)sizeof(f(text))"),
        ("const lost", "const char text[2] = {0}; (void)sizeof(f(text))"),
        ("const of a result", "char *text = f(); (void)text"),
        ("parameter count", "(void)sizeof(f(1))"),
        ("prototype", "(void)sizeof(f())"),
        ("callback", "extern int g(int); (void)sizeof(f(g))"),
        ("field renamed", "struct s s; s.b = 1; (void)s"),
        ("fields into an anonymous struct", "struct s s; s.b = 1; (void)s"),
        ("field appended", "struct s s = {.a = 1}; (void)s"),
        ("tag added", "t x = {1}; (void)sizeof(f(&x))"),
        ("opaque now", "struct s s; (void)s"),
        ("renamed typedef", "(void)sizeof(f(1))"),
        ("enum value removed", "enum e x = B; (void)x"),
        ("macro to enum", "int x[A]; (void)x"),
        ("variable const", "v = 1"),
        ("macro parameters", "(void)A(1)"),
    ],
)
def test_the_compiler_agrees_about_sources(tmp_path, name, use):
    """A program that compiles with the old header and not with the new one is what `api` means."""
    old, new, expected = CASES[name]
    breaks_api = any("api" in breaks for kind, _, breaks in expected if not kind.startswith("typedef_removed"))

    def compiles(text):
        (tmp_path / "x.h").write_text(text + "\n")
        (tmp_path / "x.c").write_text(PROGRAM.replace("HEADER", '"x.h"').replace("USE", use))
        flags = ["-std=gnu11", "-fsyntax-only", "-Werror=discarded-qualifiers", "-Werror=incompatible-pointer-types"]
        return subprocess.run(["gcc", *flags, "x.c"], cwd=tmp_path, stderr=subprocess.PIPE).returncode == 0

    assert compiles(old)
    assert compiles(new) != breaks_api


def test_the_compiler_agrees_about_layouts(diff, tmp_path):
    """Where size, alignment or an offset that both structs have differs, `abi` is broken, and nowhere else."""
    structs = [
        "struct s {int a; double d;};", "struct s {int a; int b; double d;};", "struct s {double d; int a;};",
        "struct s {char a; double d;};", "struct s {int a; double d; char e;};", "struct s {int a : 3; double d;};",
        "struct __attribute__((packed)) s {int a; double d;};", "struct s {int a; union {double d; long l;};};",
        "struct s {_Alignas(16) int a; double d;};", "struct s {int a; struct {double d; char x;};};",
    ]  # fmt: skip

    def layout(text):
        source = "#include <stddef.h>\n#include <stdio.h>\n" + text
        bits = "struct s s; __builtin_memset(&s, 0, sizeof s); s.a = -1; unsigned char *p = (void *)&s;"
        offset = 'printf("%zu %zu %zu", sizeof(struct s), _Alignof(struct s), offsetof(struct s, d));'
        dump = 'for (int i = 0; i < 20 && i < (int)sizeof s; i++) printf(" %d", p[i] != 0);'
        (tmp_path / "l.c").write_text(source + "\nint main(void) {" + bits + offset + dump + "}\n")
        run("gcc", "-std=gnu11", "-w", "-o", tmp_path / "l", tmp_path / "l.c")
        return run(tmp_path / "l").out

    layouts = {text: layout(text) for text in structs}
    for old in structs[:4]:
        for new in structs:
            document = json.loads(diff(old, new).out)
            abi = any("abi" in entry["breaks"] for entry in document["entries"] if "removed" not in entry["kind"])
            same_type = (": 3" in old) == (": 3" in new) and ("char a" in old) == ("char a" in new)
            assert abi == (layouts[old] != layouts[new] or not same_type), (old, new, document)


def git(folder, *arguments):
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]
    return run(*command, *arguments, cwd=folder)


@pytest.fixture
def repository(tmp_path):
    """A header and what it includes, both changed since the tag v1.0, which archives would leave out."""
    folder = tmp_path / "repository"
    (folder / "include").mkdir(parents=True)
    (folder / "include/foo.h").write_text('#include "detail.h"\nint f(my_t x);\n')
    (folder / "include/detail.h").write_text("typedef int my_t;\n")
    (folder / ".gitattributes").write_text("include export-ignore\n")
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "one")
    git(folder, "tag", "v1.0")
    (folder / "include/detail.h").write_text("typedef long long my_t;\n")
    return folder


def entries(result):
    assert result.code == 0, str(result)
    return [(entry["kind"], entry["name"]) for entry in json.loads(result.out)["entries"]]


def test_revisions_are_read_with_the_files_they_had(tools, repository):
    """From the top and from below, with and without configuration; the repository stays as it is."""
    env = tools.environment(libclang=True)

    def diff(*arguments, folder=repository):
        return run(tools.binary, "diff", *arguments, cwd=folder, env=env, check=False)

    index = (repository / ".git/index").read_bytes()
    expected = [("typedef_changed", "my_t")]
    assert entries(diff("--since", "v1.0", "include/foo.h")) == expected
    assert entries(diff("v1.0:include/foo.h", "include/foo.h")) == expected
    assert entries(diff("v1.0:./foo.h", "foo.h", folder=repository / "include")) == expected
    assert entries(diff("v1.0:include/foo.h", "HEAD:include/foo.h")) == []
    assert entries(diff("--since", "HEAD", "include/*.h")) == expected
    # The revision has no configuration: that of now is used for both.
    (repository / "pyproject.toml").write_text('[tool.headerkit.headers."include/foo.h"]\n')
    assert entries(diff("--since", "v1.0")) == expected
    # A new header is all new.
    (repository / "include/new.h").write_text("int g(void);\n")
    result = diff("--since", "v1.0", "include/foo.h", "include/new.h")
    assert entries(result) == [*expected, ("function_added", "g")]
    assert "`v1.0` has no `include/new.h`" in result.err
    assert str(repository) not in result.out and "/tmp" not in result.out
    assert (repository / ".git/index").read_bytes() == index
    assert git(repository, "status", "--porcelain").out.split() == ["M", "include/detail.h", "??", "include/new.h", "??", "pyproject.toml"]


def test_what_cannot_be_compared_is_told(tools, repository, tmp_path):
    """Revisions, files and arguments that do not exist."""
    env = tools.environment(libclang=True)

    def diff(*arguments, folder=repository):
        return run(tools.binary, "diff", *arguments, cwd=folder, env=env, check=False)

    assert_clear(diff("v9:include/foo.h", "include/foo.h"), "git knows no revision `v9`", "hint:")
    assert_clear(diff("v1.0:foo.h", "include/foo.h"), "there is no file `v1.0:foo.h`", "v1.0:./PATH")
    assert_clear(diff("--since", "v1.0", "nope.h"), "neither `v1.0` nor the working tree has `nope.h`")
    assert_clear(diff("--since=-x", "include/foo.h"), "git knows no revision `-x`")
    assert_clear(diff("include/foo.h"), "OLD and NEW", code=2)
    (tmp_path / "other").mkdir()
    assert_clear(diff("v1.0:a.h", "b.h", folder=tmp_path / "other"), "is in no git work tree")
    (repository / "broken.json").write_text("{}")
    assert_clear(diff("broken.json", "include/foo.h"), "not a valid IR document", "missing field")
    env["PATH"] = ""
    assert_clear(diff("v1.0:include/foo.h", "include/foo.h"), "cannot run git")


def test_stores_and_written_documents_are_states_too(tools, project, tmp_path):
    """An entry by slug and by path, and the output of the writer json, without libclang."""
    made = project("flit_core")
    made.populate()
    (slug,) = [path.name for path in (made.root / ".headerkit/ir").iterdir() if path.is_dir()]
    made.cli("include/demo.h", "-w", "json", "-o", "json:" + str(tmp_path / "demo.json"))
    for old in (slug, ".headerkit/ir/" + slug, ".headerkit/ir/{}/ir.json".format(slug), str(tmp_path / "demo.json")):
        assert entries(made.cli("diff", old, "include/demo.h", libclang=False)) == []


def test_the_writer_compares_with_its_baseline(tools, tmp_path):
    """Its text is that of the command; another content of the baseline is another output."""
    env = tools.environment(libclang=True)

    def cli(*arguments):
        return run(tools.binary, *arguments, cwd=tmp_path, env=env, check=False)

    (tmp_path / "demo.h").write_text("int f(void);\n")
    (tmp_path / "base").mkdir()
    cli("demo.h", "-o", "json:base/demo.json", "--no-config")
    (tmp_path / "demo.h").write_text("int f(int a);\n")
    (tmp_path / "pyproject.toml").write_text(
        '[tool.headerkit.headers."demo.h"]\n[tool.headerkit.output]\ndiff = "changes.json"\n'
        '[tool.headerkit.writer.diff]\nbaseline = "base/{stem}.json"\n'
    )
    assert cli("generate").code == 0
    document = json.loads((tmp_path / "changes.json").read_text())
    assert document["entries"] == json.loads(cli("diff", "base/demo.json", "demo.h").out)["entries"]
    assert [entry["kind"] for entry in document["entries"]] == ["function_signature_changed"]
    assert cli("check").code == 0
    cli("demo.h", "-o", "json:base/demo.json", "--no-config")
    assert_clear(cli("check"), "not current")
    assert cli("generate").code == 0
    assert json.loads((tmp_path / "changes.json").read_text())["entries"] == []
    (tmp_path / "base/demo.json").unlink()
    assert_clear(cli("generate"), "cannot read the baseline `base/demo.json`", "hint:")
    assert_clear(cli("demo.h", "-w", "diff", "--no-config"), "`baseline`", "is needed")


def test_the_report_in_markdown(diff):
    """Every difference is in it once, in its section."""
    old, new, _ = CASES["embedded"]
    text = diff(old + "int f(int a);", new + "int f(int b);", "--format", "markdown").out
    breaking, other = text.split("\n## Not breaking\n")
    assert breaking.count("\n* ") == 2 and other.count("\n* ") == 2, text
    assert "`int f(int a)` → `int f(int b)`" in other
