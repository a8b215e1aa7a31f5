"""What `diff` says about C++, and the one printer of C++ declarations: the compiler and its symbols decide."""

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from project import run

HEADERS = sorted((Path(__file__).resolve().parents[1] / "headers/cxx").glob("*.hpp"))

# Old and new declarations, and the changes: kind, name and what breaks.
CASES = {
    "added": ("", "namespace n { int f(); class C {}; enum class E {A}; using T = int; extern int v; }", [
        ("function_added", "n::f", ""), ("class_added", "n::C", ""), ("enum_added", "n::E", ""),
        ("typedef_added", "n::T", ""), ("variable_added", "n::v", "")]),
    "removed": ("namespace n { int f(); inline int g() { return 1; } class C {}; extern int v; }", "", [
        ("function_removed", "n::f", "abi api"), ("function_removed", "n::g", "api"), ("class_removed", "n::C", "api"),
        ("variable_removed", "n::v", "abi api")]),
    "namespace": ("namespace a { int f(); }", "namespace b { int f(); }", [
        ("function_removed", "a::f", "abi api"), ("function_added", "b::f", "")]),
    "overloads": ("int f(int); int f(double);", "int f(double); int f(int); int f(char);", [("function_added", "f", "")]),
    "overload removed": ("int f(int); int f(double);", "int f(int);", [("function_removed", "f", "abi api")]),
    "overload changed": ("int f(int); int f(double);", "int f(int); int f(float);", [
        ("function_signature_changed", "f", "abi api")]),
    "typedef in a signature": ("typedef int a; int f(a); int f(char);", "int f(int); int f(char);", [
        ("typedef_removed", "a", "api"), ("function_signature_changed", "f", "")]),
    "const behind": ("int f(char *);", "int f(const char *);", [("function_signature_changed", "f", "abi")]),
    "reference const": ("struct S {int a; S();}; int f(S &);", "struct S {int a; S();}; int f(const S &);", [
        ("function_signature_changed", "f", "abi")]),
    "reference const lost": ("struct S {int a; S();}; int f(const S &);", "struct S {int a; S();}; int f(S &);", [
        ("function_signature_changed", "f", "abi api")]),
    "top-level const": ("int f(int);", "int f(const int);", []),
    "appended default": ("int f(int);", "int f(int, int = 1);", [("function_signature_changed", "f", "abi")]),
    "default removed": ("int f(int, int = 1);", "int f(int, int);", [("function_default_removed", "f", "api")]),
    "default added": ("int f(int, int);", "int f(int, int = 1);", [("function_default_added", "f", "")]),
    "noexcept": ("int f(); int g() noexcept;", "int f() noexcept; int g();", [
        ("function_noexcept_changed", "f", ""), ("function_noexcept_changed", "g", "api")]),
    "parameter name": ("int f(int a);", "int f(int b);", [("function_parameter_renamed", "f", "")]),
    "extern C": ('extern "C" int f(int);', "int f(int);", [("function_linkage_changed", "f", "abi")]),
    "inline": ("int f(int);", "inline int f(int) { return 1; }", [("function_linkage_changed", "f", "abi")]),
    "first method": ("struct S {int a;};", "struct S {int a; int f();};", [("method_added", "S::f", "")]),
    "method removed": ("class C { public: int f(); int g(); };", "class C { public: int f(); };", [
        ("method_removed", "C::g", "abi api")]),
    "private method removed": ("class C { int g(); };", "class C { };", [("method_removed", "C::g", "abi")]),
    "method const": ("class C { public: int f(); };", "class C { public: int f() const; };", [
        ("method_signature_changed", "C::f", "abi")]),
    "method const lost": ("class C { public: int f() const; };", "class C { public: int f(); };", [
        ("method_signature_changed", "C::f", "abi api")]),
    "method static": ("class C { public: int f(); };", "class C { public: static int f(); };", [
        ("method_signature_changed", "C::f", "abi")]),
    "method deleted": ("class C { public: int f(); };", "class C { public: int f() = delete; };", [
        ("method_signature_changed", "C::f", "abi api")]),
    "access": ("class C { public: int f(); };", "class C { protected: int f(); };", [
        ("method_access_changed", "C::f", "api")]),
    "more access": ("class C { protected: int f(); };", "class C { public: int f(); };", [
        ("method_access_changed", "C::f", "")]),
    "field access": ("class C { public: int a; };", "class C { int a; };", [
        ("class_field_access_changed", "C", "api")]),
    "virtual appended": ("class C { public: virtual int f(); };", "class C { public: virtual int f(); virtual int g(); };", [
        ("class_vtable_changed", "C", "abi"), ("method_added", "C::g", "")]),
    "virtual reordered": (
        "class C { public: virtual int f(); virtual int g(); };", "class C { public: virtual int g(); virtual int f(); };", [
            ("class_vtable_changed", "C", "abi")]),
    "override added": (
        "struct A { virtual int f(); }; struct B : A { };", "struct A { virtual int f(); }; struct B : A { int f() override; };", [
            ("method_added", "B::f", "")]),
    "pure added": ("struct A { virtual int f() = 0; };", "struct A { virtual int f() = 0; virtual int g() = 0; };", [
        ("struct_vtable_changed", "A", "abi"), ("method_added", "A::g", "api")]),
    "abstract": ("struct A { virtual int f(); };", "struct A { virtual int f() = 0; };", [
        ("struct_abstract_changed", "A", "abi api"), ("method_signature_changed", "A::f", "api")]),
    "base added": ("struct A {int a;}; struct B {int b; B();};", "struct A {int a;}; struct B : A {int b; B();};", [
        ("struct_base_added", "B", "abi"), ("struct_layout_changed", "B", "abi")]),
    "base removed": ("struct A {}; struct B : A {int b;};", "struct A {}; struct B {int b;};", [
        ("struct_base_removed", "B", "abi api")]),
    "base access": ("struct A {}; struct B : A {int b;};", "struct A {}; struct B : private A {int b;};", [
        ("struct_base_changed", "B", "api")]),
    "bases reordered": ("struct A {}; struct B {}; struct C : A, B {};", "struct A {}; struct B {}; struct C : B, A {};", [
        ("struct_base_reordered", "C", "abi")]),
    "field removed": ("class C { public: C(); int a, b; };", "class C { public: C(); int a; };", [
        ("class_field_removed", "C", "abi api"), ("class_layout_changed", "C", "abi")]),
    "private field": ("class C { public: C(); private: int a; };", "class C { public: C(); private: int a, b; };", [
        ("class_layout_changed", "C", "abi"), ("class_private_fields_changed", "C", "abi")]),
    "private field renamed": ("class C { int a; };", "class C { int b; };", []),
    "destructor": ("struct S {int a; int f();};", "struct S {int a; int f(); ~S();};", [
        ("struct_passing_changed", "S", "abi"), ("method_added", "S::~S", "")]),
    "constructor": ("struct S {int f();};", "struct S {S(int); int f();};", [("method_added", "S::S", "api")]),
    "class key": ("class C { public: int f(); };", "struct C { int f(); };", [("struct_key_changed", "C", "")]),
    "enum": ("enum class E {A, B, C};", "enum class E {A, C, D};", [
        ("enum_value_removed", "E", "abi api"), ("enum_value_changed", "E", "abi"), ("enum_value_added", "E", "")]),
    "enum size": ("enum class E : char {A};", "enum class E : int {A};", [("enum_layout_changed", "E", "abi")]),
    "enum scoped": ("namespace n {enum E {A};}", "namespace n {enum class E {A};}", [("enum_scope_changed", "n::E", "api"), ("enum_layout_changed", "n::E", "")]),
    "unnamed enum": ("namespace n {enum {A, B};}", "namespace n {enum {A, C};}", [
        ("enum_value_removed", "n::B", "abi api"), ("enum_value_added", "n::C", "")]),
    "nested": ("struct S { S(); struct I { int a; }; I i; };", "struct S { S(); struct I { double a; }; I i; };", [
        ("struct_field_type_changed", "S::I", "abi api"), ("struct_layout_changed", "S::I", "abi"),
        ("struct_layout_changed", "S", "abi")]),
    "alias": ("namespace n {using T = int;} int f(n::T);", "namespace n {using T = long long;} int f(n::T);", [
        ("typedef_changed", "n::T", "abi api"), ("function_linkage_changed", "f", "abi")]),
    "template parameter name": ("template <class T> struct B { T g(T); };", "template <class U> struct B { U g(U); };", []),
    "template parameter": ("template <class T> struct B {};", "template <class T, class U> struct B {};", [
        ("struct_template_changed", "B", "abi api")]),
    "template default": ("template <class T> struct B {};", "template <class T, int N = 1> struct B {};", [
        ("struct_template_changed", "B", "abi")]),
    "template field": ("template <class T> struct B {T a;};", "template <class T> struct B {T a; int b;};", [
        ("struct_field_added", "B", ""), ("struct_layout_changed", "B", "abi")]),
    "template method": ("template <class T> struct B {T f(int);};", "template <class T> struct B {T f(double);};", [
        ("method_signature_changed", "B::f", "api")]),
    "function template": ("template <class T> T f(T);", "template <class U> U f(U); template <class T> T f(T *);", [
        ("function_added", "f", "")]),
    "variable": ("namespace n {extern int v;}", "namespace n {extern long long v;}", [
        ("variable_type_changed", "n::v", "abi api")]),
    "partial specialization": ("template <class T> struct B {}; template <class T> struct B<T *> {int a;};",
        "template <class U> struct B {}; template <class U> struct B<U *> {int a;};", []),
    "constant": ("namespace n {const int v = 1;}", "namespace n {const int v = 2;}", [("constant_changed", "n::v", "abi")]),
    "static member": ("struct S {S(); static int a;};", "struct S {S();};", [("variable_removed", "S::a", "abi api")]),
    "using": ("namespace a {int f();} using a::f;", "namespace a {int f();}", [("using_removed", "f", "api")]),
    "final": (
        "struct A { virtual int f(); int x(); }; struct B { int x(); };",
        "struct A { virtual int f() final; int x(); }; struct B final { int x(); };", [
            ("method_final_changed", "A::f", "api"), ("struct_final_changed", "B", "api")]),
    "final lost": ("struct A final { virtual int f() final; };", "struct A { virtual int f(); };", [
        ("method_final_changed", "A::f", ""), ("struct_final_changed", "A", "")]),
    "constexpr": (
        "inline int f() { return 1; } constexpr int g() { return 1; } template <class T> constexpr T h(T v) { return v; }",
        "constexpr int f() { return 1; } inline int g() { return 1; } template <class T> T h(T v) { return v; }", [
            ("function_constexpr_changed", "f", ""), ("function_constexpr_changed", "g", "api"),
            ("function_constexpr_changed", "h", "api")]),
    "constexpr variable": ("namespace n {constexpr int a = 1; constexpr double b = 2;}", "namespace n {const int a = 1; const double b = 2;}", [
        ("variable_constexpr_changed", "n::b", "api")]),
    "mutable": ("class C { public: C(); mutable int a; int b; };", "class C { public: C(); int a; mutable int b; };", [
        ("class_field_mutable_changed", "C", "api"), ("class_field_mutable_changed", "C", "")]),
    "deprecated": ("int f(int);", "[[deprecated]] int f(int);", [("deprecation_added", "f", "")]),
}  # fmt: skip


@pytest.fixture
def diff(tools, tmp_path):
    """Compares two texts; gives the document."""

    def compare(old, new):
        (tmp_path / "old.hpp").write_text(old + "\n")
        (tmp_path / "new.hpp").write_text(new + "\n")
        env = tools.environment(libclang=True)
        return json.loads(run(tools.binary, "diff", "old.hpp", "new.hpp", "--no-config", cwd=tmp_path, env=env).out)

    return compare


@pytest.mark.parametrize("name", CASES)
def test_changes_and_what_they_break(diff, name):
    """The table above; either state compared with itself is no difference."""
    old, new, expected = CASES[name]
    document = diff(old, new)
    found = [(entry["kind"], entry["name"], " ".join(entry["breaks"])) for entry in document["entries"]]
    assert sorted(found) == sorted(expected), json.dumps(document, indent=1)
    assert diff(old, old)["entries"] == []
    assert diff(new, new)["entries"] == []


def test_symbols_that_go_break_the_abi(diff, tmp_path):
    """Where a symbol that a program may link with is gone, `abi` is broken."""

    def symbols(text):
        (tmp_path / "s.cpp").write_text(text + "\n" + "\n".join(USES))
        run("g++", "-std=gnu++17", "-w", "-c", "s.cpp", cwd=tmp_path)
        lines = run("nm", "-u", "s.o", cwd=tmp_path).out.split("\n")
        return {line.split()[-1] for line in lines if line.strip()}

    USES = ["int use(C &c) { return f(1) + c.m(2); }"]
    states = [
        "int f(int); struct C { C(); int m(int); };", "int f(long); struct C { C(); int m(int); };",
        "int f(int, int = 1); struct C { C(); int m(int); };", "int f(int a); struct C { C(); int m(int) const; };",
        "int f(const int); struct C { C(); int m(int x = 1); };", "int f(int); struct C { C(); static int m(int); };",
        "extern \"C\" int f(int); struct C { C(); int m(int); };", "char f(int); struct C { C(); int m(int); };",
    ]  # fmt: skip
    for old in states:
        for new in states:
            abi = any("abi" in entry["breaks"] for entry in diff(old, new)["entries"])
            same_result = ("char f" in old) == ("char f" in new)
            # What a static function is called with is no part of its symbol.
            same_object = ("static" in old) == ("static" in new)
            gone = symbols(old) - symbols(new)
            assert abi == bool(gone or not same_result or not same_object), (old, new)


@pytest.fixture(params=HEADERS, ids=lambda path: path.stem)
def written(request, tools, tmp_path):
    """A C++ header, its bound declarations and its summaries."""
    env = tools.environment(libclang=True)

    def output(writer, *options):
        command = [tools.binary, str(request.param), "--no-config", "-w", writer, *options]
        return run(*command, cwd=tmp_path, env=env).out

    document = json.loads(output("json"))
    bound = [one for one in document["declarations"] if one.get("bound", True)]
    verbosities = ("compact", "standard", "verbose")
    texts = {one: output("prompt", "--writer-opt", "prompt:verbosity=" + one) for one in verbosities}
    return request.param, bound, texts


def test_a_header_does_not_differ_from_itself(diff, written):
    """Whatever stands in it."""
    text = written[0].read_text()
    assert diff(text, text)["entries"] == []


def test_every_declaration_is_in_every_summary(written):
    """One line, one key or item of a list, one entry for each; public members are named."""
    _, bound, texts = written
    lines = texts["compact"].splitlines()[1:]
    assert len(lines) == len(bound)
    verbose = json.loads(texts["verbose"])["declarations"]
    assert len(verbose) == len(bound)
    document = yaml.safe_load(texts["standard"])
    sections = [section for section in document.values() if isinstance(section, dict)]
    values = [value for section in sections for value in section.values()]
    assert sum(len(value) if isinstance(value, list) else 1 for value in values) == len(bound)
    for one, line, entry in zip(bound, lines, verbose):
        if one.get("cxx") == "using" or "name" not in one:
            assert "::".join(one.get("namespace", [])) in line, line
        else:
            assert "::".join([*one.get("namespace", []), one["name"]]) in line, line
        for member in one.get("members", []):
            if member.get("access", "public") == "public" and member["cxx"] != "using" and member.get("name"):
                assert member["name"].replace("operator ", "") in line, (member, line)
                assert member["name"] in str(document["classes"]), member
        assert [member.get("name") for member in one.get("members", [])] == [
            member["name"] for member in entry.get("members", [])
        ]


def test_printed_declarations_are_redeclarations(written, tmp_path):
    """The compiler takes them after the header, in their namespace."""
    path, _, texts = written
    lines = ['#include "{}"'.format(path)]
    for entry in json.loads(texts["verbose"])["declarations"]:
        text = entry.get("declaration", "")
        redeclarable = {"function", "variable", "typedef", "using declaration", "class", "struct", "union"}
        # An enum that is not scoped cannot be declared again; bases and `final` belong to a definition.
        if entry["kind"] not in redeclarable and not entry.get("scoped") or not text:
            continue
        if entry["kind"] in ("class", "struct", "union"):
            text = text.split(" : ")[0].replace(" final", "")
            if not re.search(r"\b(class|struct|union) (\w+::)*{}\b".format(re.escape(entry["name"].split("<")[0])), path.read_text()):
                continue  # A class that only a typedef names has no name of its own to be declared again by.
            if "inline namespace" in path.read_text():
                continue  # A class of an inline namespace would become one of the namespace around.
        line = text + ";"
        lines.append("namespace {} {{ {} }}".format(entry["namespace"], line) if entry.get("namespace") else line)
    (tmp_path / "again.cpp").write_text("\n".join(lines) + "\n")
    command = ["g++", "-std=gnu++17", "-fsyntax-only", "-Wno-attributes", "again.cpp"]
    result = subprocess.run(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    assert result.returncode == 0, result.stderr + "\n".join(lines)
