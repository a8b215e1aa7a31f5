"""Macros that are other names or addresses, and variables that C leaves incomplete: each consumer reads what C does."""

import subprocess
import sys
from textwrap import dedent

import pytest

from project import run
from test_ctypes_safety import generate, python

HEADER = """\
    struct form;
    typedef const struct form *form_t;
    extern const struct form form_nfd;
    extern struct form form_rw;
    #define FORM_NFD (&form_nfd)
    #define FORM_RW &form_rw
    int form_id(form_t form);
    int __gmp_init(int *x);
    #define gmp_init __gmp_init
    extern int __gmp_errno;
    #define gmp_errno __gmp_errno
    #define GMP_ERRNO_AT ((&__gmp_errno))
    typedef struct { int a; } __gmp_struct;
    #define GMP_INT __gmp_struct
    #define gmp_get __gmp_get
    int gmp_get(GMP_INT *x);
    extern int numbers[3];
    #define NUMBERS (&numbers)
    #define me me
    int me(void);
"""
# A function and a macro of one name: the library has both, and only C code with the macro calls the other one.
TAKEN = """\
    int taken(void);
    #define taken me
"""
SOURCE = """\
    struct form { int id; };
    const struct form form_nfd = { 7 };
    struct form form_rw = { 8 };
    int form_id(const struct form *form) { return form->id; }
    int __gmp_init(int *x) { return *x = 5; }
    int __gmp_errno = 3;
    typedef struct { int a; } __gmp_struct;
    int __gmp_get(__gmp_struct *x) { return x->a; }
    int numbers[3] = { 1, 2, 3 };
    int me(void) { return 9; }
    int taken(void) { return 10; }
"""


@pytest.fixture
def names(tools, tmp_path):
    """A folder with header and library."""
    (tmp_path / "names.h").write_text(dedent(HEADER))
    (tmp_path / "names.c").write_text(dedent(SOURCE))
    run("cc", "-shared", "-fPIC", "-o", "libnames.so", "names.c", cwd=tmp_path)
    return tmp_path


def test_ctypes(tools, names):
    (names / "names.h").write_text(dedent(HEADER + TAKEN))
    said = generate(tools, names, "names.h", "--writer-opt", "ctypes:library=./libnames.so").err
    assert "left out" not in said, said
    script = """\
        import bound, ctypes
        form = [bound.FORM_NFD, bound.FORM_RW, ctypes.byref(bound.form_nfd), bound.form_rw]
        x = ctypes.c_int()
        print(*map(bound.form_id, form), bound.gmp_init(x), x.value, bound.gmp_errno.value, bound.GMP_ERRNO_AT[0])
        print(bound.gmp_get(bound.GMP_INT(4)), bound.NUMBERS[0][:], bound.me(), bound.taken(), bound.__missing__)
        try:
            bound.form()
        except TypeError as error:
            print("cannot be made" in str(error))
    """
    assert python(names, script) == "7 8 7 8 5 5 3 3\n4 [1, 2, 3] 9 10 []\nTrue\n"
    (names / "use.py").write_text(
        "import ctypes\nimport bound\nbound.form_id(bound.FORM_NFD)\nbound.form_id(ctypes.byref(bound.form_rw))\n"
        "at: ctypes._Pointer[ctypes.c_int] = bound.GMP_ERRNO_AT\nget: int = bound.gmp_get(bound.GMP_INT(1))\n"
    )
    checked = subprocess.run([sys.executable, "-m", "mypy", "--strict", "use.py"], cwd=names, stdout=subprocess.PIPE)
    assert checked.returncode == 0, checked.stdout.decode()


def test_abi_mode_has_names_of_types_and_tells_the_others(tools, names):
    (names / "names.h").write_text(dedent(HEADER + TAKEN))
    said = generate(tools, names, "names.h", writer="cffi", output="names.txt").err
    wanted = "left out 3 macros that are other names: `gmp_init` for `__gmp_init`, `gmp_errno` for `__gmp_errno`, `gmp_get` for"
    assert said.count(wanted) == 1 and "taken" not in said, said
    script = """\
        import cffi, pathlib
        ffi = cffi.FFI()
        ffi.cdef(pathlib.Path("names.txt").read_text())
        lib = ffi.dlopen("./libnames.so")
        forms = [ffi.addressof(lib, name) for name in ("form_nfd", "form_rw")]
        print(*map(lib.form_id, forms), lib.__gmp_get(ffi.new("GMP_INT *", [4])), lib.taken())
    """
    assert python(names, script) == "7 8 4 10\n"


def test_api_mode(tools, names):
    said = generate(tools, names, "names.h", "--writer-opt", "cffi:mode=api", writer="cffi", output="names.txt").err
    assert "left out" not in said, said
    script = """\
        import cffi, pathlib
        ffi = cffi.FFI()
        ffi.cdef(pathlib.Path("names.txt").read_text())
        library = {"libraries": ["names"], "library_dirs": ["."], "extra_link_args": ["-Wl,-rpath,."], "include_dirs": ["."]}
        ffi.set_source("_names", '#include "names.h"', **library)
        ffi.compile()
        from _names import ffi, lib
        forms = [lib.FORM_NFD, lib.FORM_RW] + [ffi.addressof(lib, name) for name in ("form_nfd", "form_rw")]
        x = ffi.new("int *")
        print("forms", *map(lib.form_id, forms), lib.gmp_init(x), x[0], lib.gmp_errno, lib.GMP_ERRNO_AT[0])
        print(lib.gmp_get(ffi.new("GMP_INT *", [4])), list(lib.NUMBERS[0]), lib.me())
    """
    assert python(names, script).endswith("forms 7 8 7 8 5 5 3 3\n4 [1, 2, 3] 9\n")


def test_cython(tools, names):
    said = generate(tools, names, "names.h", writer="cython", output="names.pxd").err
    # Cython has no variables of types that are never completed; their addresses are there.
    left_out = [line for line in said.splitlines() if "left out" in line]
    assert len(left_out) == 2 and all("its type is never completed" in line for line in left_out), said
    (names / "use.pyx").write_text(
        "cimport names\ncdef int x\ncdef names.GMP_INT value\nvalue.a = 4\n"
        "print(names.form_id(names.FORM_NFD), names.form_id(names.FORM_RW), names.gmp_init(&x), x, names.gmp_errno)\n"
        "print(names.GMP_ERRNO_AT[0], names.gmp_get(&value), names.NUMBERS[0][1], names.me())\n"
    )
    run(sys.executable, "-m", "cython", "-3", "use.pyx", cwd=names)
    include = run(sys.executable, "-c", "import sysconfig; print(sysconfig.get_paths()['include'])").out.strip()
    run("cc", "-shared", "-fPIC", "-w", "-I" + include, "-I.", "use.c", "-o", "use.so", "-L.", "-lnames", "-Wl,-rpath,.", cwd=names)
    assert python(names, "import use") == "7 8 5 5 3\n3 4 2 9\n"


def test_lua(tools, names):
    (names / "names.h").write_text(dedent(HEADER + TAKEN))
    options = ["--writer-opt", "lua:library=./libnames.so"]
    said = generate(tools, names, "names.h", *options, writer="lua", output="names.lua").err
    assert said.count("left out 4 macros that are pointers or wide strings: `FORM_NFD`, `FORM_RW`, `GMP_ERRNO_AT`, `NUMBERS`") == 1
    script = (
        "local ffi, M = require('ffi'), require('names'); local x = ffi.new('int[1]'); "
        "io.write(table.concat({M.form_id(M.form_nfd), M.form_id(M.form_rw), M.gmp_init(x), x[0], M.gmp_errno, "
        "M.gmp_get(ffi.new('GMP_INT', {4})), M.me(), M.taken()}, ' '))"
    )
    assert run("luajit", "-e", script, cwd=names).out == "7 8 5 5 3 4 9 10"
