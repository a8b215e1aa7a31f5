"""What people do without thinking about it: naming a store, trying a header in some directory."""

import subprocess
import sys
from textwrap import dedent

from project import OUTPUTS, run


def test_a_named_store_is_filled_from_the_projects_own(project, tmp_path):
    """A store that the environment names gets what the committed store has, without libclang."""
    made = project("flit_core")
    made.populate()
    store = tmp_path / "store"
    made.cli("generate", libclang=False, HEADERKIT_STORE_DIR=str(store))
    stored = {path.parent.name for path in store.glob("output/*/*/metadata.json")}
    assert stored == {path.parent.name for path in (made.root / ".headerkit").glob("output/*/*/metadata.json")}
    assert stored


def test_what_has_changed_is_told(project):
    """One line for each output that is written, and a count of the others."""
    made = project("flit_core")
    first = made.cli("generate", libclang=True).err
    assert all("{}\n".format(name) in first for name in OUTPUTS) and "unchanged" not in first
    (made.root / OUTPUTS[0]).unlink()
    second = [line.strip() for line in made.cli("generate").err.splitlines()[1:]]
    assert second == ["ctypes: {} (from the store)".format(OUTPUTS[0]), "3 outputs unchanged, from the store"]
    every = made.cli("generate", "--verbose").err
    assert every.count("(from the store, unchanged)") == len(OUTPUTS), every
    assert "processed" not in made.cli("generate", "--quiet").err


def test_nothing_is_left_behind_where_there_is_no_project(tools, tmp_path):
    """One header to standard output: no store, no temporary files."""
    folder, temporary = tmp_path / "somewhere", tmp_path / "tmp"
    folder.mkdir()
    temporary.mkdir()
    (folder / "a.h").write_text("int f(void);\n")
    env = tools.environment(libclang=True, TMPDIR=str(temporary))
    result = run(tools.binary, "a.h", "-w", "cffi", cwd=folder, env=env)
    assert "int f(void);" in result.out
    assert [path.name for path in folder.iterdir()] == ["a.h"]
    assert list(temporary.iterdir()) == []


def test_a_header_that_only_includes_others_is_said(tools, tmp_path):
    """In the default scope it binds nothing; the way out is named."""
    (tmp_path / "all.h").write_text("#include <math.h>\n")
    env = tools.environment(libclang=True)
    result = run(tools.binary, "all.h", "-w", "ctypes", "--no-config", cwd=tmp_path, env=env)
    assert "`own`" in result.err and "`all`" in result.err, str(result)
    assert "all.h" in result.err


def test_cffi_never_passes_a_padded_record_by_value(tools, tmp_path):
    """A packed struct cannot be said in a cdef: a call that takes it by value is refused, not made wrongly."""
    (tmp_path / "p.h").write_text("struct __attribute__((packed)) p {char c; int i;};\nint f(struct p s);\n")
    (tmp_path / "p.c").write_text('#include "p.h"\nint f(struct p s) { return s.i; }\n')
    run("cc", "-shared", "-fPIC", "-o", tmp_path / "libp.so", tmp_path / "p.c")
    env = tools.environment(libclang=True)
    run(tools.binary, "p.h", "-o", "cffi:p.cdef", "--no-config", cwd=tmp_path, env=env)
    script = dedent(
        """\
        import cffi
        ffi = cffi.FFI()
        ffi.cdef(open("p.cdef").read())
        assert ffi.sizeof("struct p") == 5
        lib = ffi.dlopen("./libp.so")
        try:
            lib.f(ffi.new("struct p *")[0])
        except (AttributeError, NotImplementedError):
            print("refused")
        """
    )
    answer = subprocess.check_output([sys.executable, "-c", script], cwd=tmp_path, text=True)
    assert answer.strip() == "refused"
