"""What extension modules are made of beside C: assembler, the settings of the header that cffi binds, headers of Windows
whose names are written in another case; and modules of other interpreters."""

import json
import shutil
import sys
import sysconfig

import pytest
from packaging import tags

from project import assert_clear, members, run
from test_extensions import MODULE_C, TABLE, built, imported, native  # noqa: F401 (a fixture)

SCALE = "import demo._native as m; print(m.scale(14))"
# Both processors, and the names of symbols on macOS.
ASSEMBLER = """\
#ifdef __APPLE__
#define NAME _scaled
#else
#define NAME scaled
#endif
    .text
    .globl NAME
NAME:
#ifdef __x86_64__
#ifdef _WIN32
    leal (%rcx,%rcx,2), %eax
#else
    leaq (%rdi,%rdi,2), %rax
#endif
#else
    add x0, x0, x0, lsl 1
#endif
    ret
#ifdef __ELF__
    .section .note.GNU-stack,"",%progbits
#endif
"""
PLAIN = "    .text\n    .globl scaled\nscaled:\n    leaq (%rdi,%rdi,2), %rax\n    ret\n    .section .note.GNU-stack,\"\",%progbits\n"


def in_assembler(native, name, text, more=""):  # noqa: F811
    made = native(table=TABLE.replace('"src/demo/*.c"', '"src/demo/_native.c", "src/demo/{}"'.format(name)) + more)
    (made.root / "src/demo/scale.c").unlink()
    made.write("src/demo/" + name, text)
    return made


@pytest.mark.parametrize("compiler", ["gcc", "clang-19", "zig"])
@pytest.mark.parametrize("name", ["scale.S", "scale.s"])
def test_assembler_is_a_source(name, compiler, native, tmp_path, new_venv):  # noqa: F811
    if compiler != "zig" and not shutil.which(compiler):
        pytest.skip("no {} here".format(compiler))
    named = {"CC": compiler} if compiler != "zig" else {}
    text = ASSEMBLER if name.endswith("S") else PLAIN
    made = in_assembler(native, name, text, 'compiler = "{}"\n'.format("system" if named else "zig"))
    wheel = built(made, tmp_path, **named)
    assert imported(wheel, new_venv, SCALE) == "42"
    assert not [member for member in members(wheel) if member.endswith((".s", ".S"))]
    # What has changed is assembled again.
    made.write("src/demo/" + name, text.replace(",2)", ",4)"))
    assert imported(built(made, tmp_path, **named), new_venv, SCALE, "again") == "70"


@pytest.mark.parametrize("target", ["linux/arm64", "macos/arm64", "windows/amd64"])
def test_zig_assembles_for_others(target, native, tmp_path):  # noqa: F811
    built(in_assembler(native, "scale.S", ASSEMBLER), tmp_path, HEADERKIT_TARGET=target)


def test_cl_cannot_read_it(native, tmp_path):  # noqa: F811
    cl = tmp_path / "cl"
    cl.write_text("#!/bin/sh\n")
    cl.chmod(0o755)
    made = in_assembler(native, "scale.S", ASSEMBLER)
    result = built(made, tmp_path, check=False, CC=str(cl), HEADERKIT_TARGET="windows/amd64")
    assert_clear(result, "pyproject.toml:", "cannot read `src/demo/scale.S`", "gcc, clang and zig", 'set `compiler = "zig"`')


BOUND = """\
[tool.headerkit]
writers = ["cffi"]
defines = ["BIG", "KIND=1"]
[tool.headerkit.headers."include/bound.h"]
defines = ["WIDE=2"]
include_dirs = ["detail"]
[tool.headerkit.writer.cffi]
mode = "api"
[[tool.headerkit.extensions]]
name = "demo._bound"
include_dirs = ["include"]
cffi = {header = "include/bound.h", source = '#include "bound.h"'}
"""
BOUND_H = """\
#include "kind.h"
#ifdef BIG
typedef struct { int a; long extra[WIDE]; } bound;
static inline long only_big(bound *x) { return x->extra[1] + KIND; }
#endif
"""


def bound(project, more=""):
    made = project()
    made.write("include/bound.h", BOUND_H)
    made.write("detail/kind.h", "#ifndef KIND\n#error no KIND\n#endif\n")
    made.configure(headerkit=BOUND + more)
    made.populate()
    return made


USE = "from demo._bound import ffi, lib; b = ffi.new('bound *'); b.extra[1] = 41; print(lib.only_big(b), ffi.sizeof('bound'))"


def test_a_module_of_cffi_has_the_settings_of_its_header(project, tmp_path, new_venv):
    assert imported(built(bound(project), tmp_path), new_venv, USE) == "42 24"
    # Its own defines win.
    made = bound(project, 'defines = ["KIND=2"]\n')
    assert imported(built(made, tmp_path), new_venv, USE, "own") == "43 24"


def test_what_is_not_inherited_is_missed(project, tmp_path):
    made = bound(project, "inherit = false\n")
    assert_clear(built(made, tmp_path, check=False), "kind.h", "include_dirs`")


def test_inherit_needs_a_header(native, tmp_path):  # noqa: F811
    made = native(table=TABLE + "inherit = false\n")
    assert_clear(built(made, tmp_path, check=False), "pyproject.toml:", "`inherit`, but no header", "remove `inherit`")


LACKING = """\
static inline int lacking_through(int value) { int lacking_deep(int); return lacking_deep(value); }
int lacking_alone(int value);
"""


@pytest.mark.parametrize("compiler", ["system", "zig"])
def test_what_bindings_declare_and_nothing_defines_is_told(compiler, project, tmp_path):
    made = project()
    made.write("include/bound.h", LACKING)
    made.write("detail/kind.h", "")
    made.configure(headerkit=BOUND + 'compiler = "{}"\n'.format(compiler))
    made.populate()
    result = built(made, tmp_path, check=False)
    assert_clear(result, "`lacking_deep` (in `lacking_through`)", "`lacking_alone`", "`exclude_patterns`", "`symbols`")
    assert "the bindings declare `lacking_alone`" in result.err or "declare `lacking_through`" in result.err
    assert "hint: name the library in `libraries`" in result.err, result


def test_what_a_source_lacks_is_no_matter_of_bindings(native, tmp_path):  # noqa: F811
    made = native(table=TABLE.replace("*.c", "_native.c"))
    result = built(made, tmp_path, check=False)
    assert_clear(result, "`scaled` (in `scale`)", "name the library in `libraries`")
    assert "exclude_patterns" not in result.err


# Facts that GraalPy 25.0 reports, which cannot be installed from a package index: a stand-in, which compiles with the
# headers of this Python. The other one is an interpreter that nobody knows.
OTHERS = {
    "graalpy": ([3, 12, 8], ".graalpy250-312-native-x86_64-linux.so", "graalpy312"),
    "pypy": ([3, 11, 11], ".pypy311-pp73-x86_64-linux-gnu.so", "pp311"),
    "unheard": ([3, 13, 0], ".unheard-7-x86_64.so", "unheard313"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_interpreters_have_tags_of_their_own(name, native, tmp_path, monkeypatch):  # noqa: F811
    version, suffix, tag = OTHERS[name]
    made = native("flit_core")
    facts = {"executable": str(made.tools.python), "path": [path for path in sys.path if path], "version": version}
    facts.update(implementation=name, platform=sysconfig.get_platform(), ext_suffix=suffix, soabi=suffix.split(".")[1])
    facts.update(include=sysconfig.get_path("include"), host_gnu_type=sysconfig.get_config_var("HOST_GNU_TYPE"), libc="glibc 2.36")
    (tmp_path / "dist").mkdir()
    arguments = {"wheel_directory": str(tmp_path / "dist")}
    protocol = run(made.tools.python, "-c", "import headerkit_backend as h; print(h._PROTOCOL)", env=made.tools.environment(False))
    request = {"protocol": int(protocol.out), "hook": "build_wheel", "project": str(made.root), "arguments": arguments, "python": facts}
    made.cli("hook", "build_wheel", stdin=json.dumps(request).encode(), HEADERKIT_BUILD_DIR=str(tmp_path / "objects"))
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    variables = {"EXT_SUFFIX": suffix, "py_version_nodot": tag[-3:]}
    monkeypatch.setattr(tags, "_get_config_var", lambda name, warn=False: variables.get(name))
    (first, *_) = tags.generic_tags(tag, platforms=["any"])
    assert wheel.name.startswith("demo-1.0.0-{}-{}-manylinux".format(first.interpreter, first.abi)), wheel.name
    assert "demo/_native" + suffix in members(wheel)


@pytest.mark.parametrize("target", ["windows/amd64", "windows/arm64"])
def test_headers_of_windows_have_names_in_any_case(target, native, tmp_path):  # noqa: F811
    """For bindings and for modules; nothing of where they were found is stored."""
    made = native(headers=True)
    made.write("include/demo.h", "#include <Windows.h>\n#include <WinSock2.h>\n#include \"WinCrypt.H\"\nDWORD demo_use(SOCKET socket, HCRYPTPROV provider);\n")
    made.write("src/demo/_native.c", "#include <WinSock2.h>\n#include <Windows.h>\n" + MODULE_C.replace("scaled(value)", "(long)GetLastError()"))
    made.cli("cache", "populate", "--platform", target, libclang=True)
    built(made, tmp_path, HEADERKIT_TARGET=target)
    stored = [path.read_text() for path in (made.root / ".headerkit").rglob("*") if path.is_file()]
    assert [text for text in stored if "demo_use" in text] and not [text for text in stored if str(made.root) in text or "site-packages" in text]


def test_a_header_that_no_case_helps_is_missed(native, tmp_path):  # noqa: F811
    made = native(headers=True)
    made.write("include/demo.h", "#include <Nowhere.h>\n")
    result = made.cli("cache", "populate", "--platform", "windows/amd64", libclang=True, check=False)
    assert result.code and "Nowhere.h" in result.text
