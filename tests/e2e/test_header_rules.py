"""What the README says of keys of a single header, of scopes, and of an allow-list: as the outputs have it."""

import json

import pytest

RULES = """\
[tool.headerkit]
include_dirs = ["include"]
backend_args = ["-DGLOBAL"]
[tool.headerkit.headers."include/*.h"]
[tool.headerkit.headers."include/core.h"]
defines = ["EXTRA"]
backend_args = ["-DCORE"]
target = "windows/amd64"
output = { ctypes = "src/demo/_special.py", json = "src/demo/core.json" }
writer_options.ctypes = { library = "special" }
[tool.headerkit.output]
ctypes = "src/demo/_{stem}.py"
[tool.headerkit.writer.ctypes]
library = "general"
use_errno = true
"""
CORE_H = """\
#if defined(GLOBAL) && defined(CORE) && defined(EXTRA)
long core(void);
#endif
"""


def names(text):
    return {found["name"] for found in json.loads(text)["declarations"] if found["kind"] == "function"}


def test_keys_of_a_single_header(project):
    """Lists are added to the global ones, options replace them one by one, a path and a target hold for that header."""
    made = project("flit_core", headerkit=RULES)
    made.write("include/core.h", CORE_H)
    made.write("include/second.h", "#ifdef GLOBAL\nint second(void);\n#endif\n#ifdef CORE\nint wrong(void);\n#endif\n")
    made.populate()
    special, second = made.read("src/demo/_special.py"), made.read("src/demo/_second.py")
    assert '["special"]' in special and "use_errno=True" in special
    assert '["general"]' in second and "use_errno=True" in second and not made.exists("src/demo/_core.py")
    # A writer that one header names a path for runs for all.
    assert names(made.read("src/demo/core.json")) == {"core"}
    assert names(made.read("include/second.json")) == {"second"}
    core, second = (name for name in made.entries("output/json") if "core" in name or "second" in name)
    assert ".x86_64-windows-msvc" in core and ".x86_64-windows-msvc" not in second, (core, second)


@pytest.mark.parametrize(
    "scope, bound",
    [
        ("header", {"mine"}),
        ("library", {"mine", "near"}),
        ("umbrella", {"mine", "near", "a", "x", "y"}),
        ("all", {"mine", "near", "a", "x", "y", "b"}),
    ],
)
def test_what_a_scope_binds(project, tmp_path, scope, bound):
    """The header; the project's that it includes; what it includes itself, with the library around each; everything."""
    made = project("flit_core", headerkit="")
    made.write("include/near.h", "int near(void);\n")
    made.write("wrap/w.h", "#include <one/a.h>\n#include <near.h>\nint mine(void);\n")
    for name, text in {
        "v1/one/a.h": "#include <one/sub/x.h>\n#include <one/y.h>\n#include <two/b.h>\nint a(void);\n",
        "v1/one/sub/x.h": "int x(void);\n",
        "v1/one/y.h": "int y(void);\n",
        "v2/two/b.h": "int b(void);\n",
    }.items():
        path = tmp_path / "usr" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    dirs = [word for folder in ("v1", "v2") for word in ("-I", tmp_path / "usr" / folder)]
    done = made.cli("wrap/w.h", "-w", "json", "--scope", scope, "-I", "include", *dirs, libclang=True)
    assert names(done.out) == bound


def test_a_negative_look_ahead_is_an_allow_list(project):
    """All that does not begin as said is left out; what the kept functions point to stays known by name."""
    cffi = pytest.importorskip("cffi")
    made = project("flit_core", headerkit="")
    made.write("include/a.h", "#define CORE_A 1\n#define OTHER 2\nstruct other { int b; };\nint core_f(struct other *p);\nint other_f(void);\n")
    text = made.cli("include/a.h", "-w", "cffi", "--writer-opt", "cffi:exclude_patterns=^(?!core_|CORE_)", libclang=True).out
    assert "core_f" in text and "CORE_A" in text and "OTHER" not in text and "other_f" not in text, text
    cffi.FFI().cdef(text)
