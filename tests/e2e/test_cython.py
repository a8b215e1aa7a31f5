"""The ``.pxd``: Cython reads it, and the C compiler finds every declared type to be the header's."""

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from project import run

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "oracles"))
import cython_oracle  # noqa: E402

FEATURES = {
    "records": """
        typedef struct node node;
        struct node { node *next; struct leaf *leaf; int grid[2][3]; const int fixed; int *const own; };
        struct leaf { node trunk; char name[]; };
        typedef struct { int x, y; } point;
        typedef struct point_list { point *all; unsigned long count; } *points;
        struct hidden; struct hidden *hide(struct hidden *);
        struct empty_of_names { int : 3; };
    """,
    "nameless": """
        struct outer {
            struct { int q; struct { int z; } w; } in[3], *at;
            union { int a; float b; struct { char c; }; };
            const struct { int k; } fixed;
            enum { ONE = 1, HUGE_ONE = 0xffffffff } kind;
            unsigned bits : 3, : 2, more : 4;
        };
        typedef struct { int x; } *handle;
        typedef union { int i; float f; } pair[2];
        extern struct { int level; } state;
        enum { LONELY };
    """,
    "large": """
        struct large { char bytes[3000000000ull]; int last; };
        extern char huge[5000000000ull];
        typedef char row[2147483648u];
        void fill(row *rows, char (*block)[2147483647]);
    """,
    "letters": """
        struct letters { int é; int ü; double ñ; int _; int a; };
        struct letters letters(int é, int ü);
    """,
    "functions": """
        typedef int callback(void *, int);
        typedef void (*handler)(int);
        struct table { callback *call; int (*calls[4])(int (*)(void), char); };
        handler install(int number, handler new_one);
        int (*chosen(int which))(const char *);
        int printed(const char *format, ...);
        int old();
        void rows(int (*rows)[3], const char *const *names, int (*sort)(const void *, const void *));
        static inline int three(void) { return 3; }
        extern callback *current;
        extern const char *const names[];
        extern volatile int *volatile hardware;
    """,
    "scalars": """
        #include <complex.h>
        #include <stdarg.h>
        #include <stdbool.h>
        #include <stdint.h>
        #include <stdio.h>
        #include <sys/types.h>
        #include <time.h>
        typedef __int128 wide;
        typedef float quad __attribute__((vector_size(16)));
        typedef _Atomic(int) counter;
        struct odd { unsigned __int128 u; _Float16 half; long double l; quad q; _Atomic(int) n; bool *flags; };
        wide multiply(wide a, unsigned __int128 b);
        quad add(quad a, quad b);
        double _Complex rotate(float _Complex a, long double _Complex b);
        int count(_Atomic(long) *a, counter *b);
        int formatted(FILE *to, const char *format, va_list values);
        struct tm *when(time_t *at, const struct timespec *in, off_t offset, pid_t who, int64_t *big);
    """,
    "names": """
        struct status { int in; int from; int complex_; };
        int status(struct status *lambda, int nogil);
        struct object { int None; };
        typedef struct list { struct object *object; } list;
        list *print(list *type, unsigned int with);
        enum type { pass, yield };
        enum type is(enum type as);
        typedef int bytes;
        bytes raise_(bytes, bytes *str);
        int dollar$name(int);
        extern int global;
        #define import 4
    """,
    "constants": """
        #define SMALL 3
        #define NEGATIVE (-1)
        #define UNSIGNED 0xffffffffu
        #define LONGEST 0xffffffffffffffffull
        #define MINIMUM (-9223372036854775807LL - 1)
        #define RATIO 1.5
        #define TEXT "text"
        #define CALL(x) (x)
        enum sized { FIRST = 0xfffffffff, LAST = -1 };
        typedef enum { ALPHA, BETA = 0x80000000 } letters;
        typedef enum sized sized;
        enum later; 
    """,
    "setjmp": "#include <setjmp.h>\nint jump(jmp_buf to); struct saved { jmp_buf where; int how; };",
}


def write_pxd(tools, folder, text, *arguments):
    (folder / "feature.h").write_text(text)
    command = [tools.binary, "feature.h", "-w", "cython", "-o", "cython:feature.pxd", "--no-config", "--no-cache"]
    return run(*command, *arguments, cwd=folder, env=tools.environment(libclang=True))


@pytest.mark.parametrize("name", sorted(FEATURES))
def test_cython_and_the_compiler_agree(name, tools, tmp_path):
    write_pxd(tools, tmp_path, FEATURES[name])
    found = cython_oracle.check("feature.h", tmp_path / "feature.pxd", [tmp_path])
    assert found == [], (tmp_path / "feature.pxd").read_text()


USE = """
cimport feature
from feature cimport outer, S, E, apply_

cdef int doubled(int x) noexcept with gil:
    return int(str(x)) * 2

cdef struct holder:
    outer inside

def report():
    cdef outer o
    o.a = 5
    o.in_[1].q = 7
    middle = o.in_[1]
    cdef S s = S(left=1, right_=2)
    cdef holder h
    h.inside = o
    with nogil:
        answer = apply_(doubled, 21)
    return [o.a, middle.q, s.right_, <int>E.BETA, feature.LIMIT, feature.NAME, answer, h.inside.a, feature.yes(3)]
"""


def test_a_module_uses_the_declarations(tools, tmp_path):
    write_pxd(
        tools,
        tmp_path,
        """
        #include <stdbool.h>
        struct outer { union { int a; float b; }; struct { int q; } in[3]; };
        typedef struct { int left; int right_; } S;
        typedef enum { ALPHA, BETA } E;
        #define LIMIT 0xffffffffu
        #define NAME "feature"
        static inline int apply_(int (*f)(int), int x) { return f(x); }
        static inline bool yes(int x) { return x == 3; }
        """,
    )
    (tmp_path / "use.pyx").write_text(USE)
    run(sys.executable, "-m", "cython", "-3", "use.pyx", cwd=tmp_path)
    extension = "use" + sysconfig.get_config_var("EXT_SUFFIX")
    include = "-I" + sysconfig.get_path("include")
    run("cc", "-shared", "-fPIC", "-Werror=incompatible-pointer-types", include, "-I.", "use.c", "-o", extension, cwd=tmp_path)
    seen = subprocess.run(
        [sys.executable, "-c", "import use; print(use.report())"], cwd=tmp_path, capture_output=True, text=True
    )
    assert seen.stdout.strip() == "[5, 7, 2, 1, 4294967295, b'feature', 42, 5, True]", seen.stderr


def test_the_extern_line_names_the_header_as_users_do(tools, tmp_path):
    (tmp_path / "include" / "lib").mkdir(parents=True)
    header = tmp_path / "include" / "lib" / "core.h"
    header.write_text("int f(void);\n")
    cases = [([], "lib/core.h"), (["-I", "include"], "lib/core.h"), (["-I", "include/lib"], "core.h")]
    cases.append((["--writer-opt", "cython:header_path=other/core.h"], "other/core.h"))
    for arguments, expected in cases:
        command = [tools.binary, "include/lib/core.h", "-w", "cython", "-o", "cython:out.pxd", "--no-config", "--no-cache"]
        run(*command, *arguments, cwd=tmp_path, env=tools.environment(libclang=True))
        assert 'cdef extern from "{}" nogil:'.format(expected) in (tmp_path / "out.pxd").read_text()


def test_what_cannot_be_said_is_reported(tools, tmp_path):
    done = write_pxd(
        tools,
        tmp_path,
        """
        struct s { int kept; int gone; };
        #define gone other.gone
        struct { int x; } nameless(void);
        """,
    )
    assert "feature.h:2:16: warning: struct `s`: field `gone` is left out: a macro of that name hides it" in done.err
    assert "function `nameless` is left out: a record without a name" in done.err
    assert "gone" not in (tmp_path / "feature.pxd").read_text()
    assert cython_oracle.check("feature.h", tmp_path / "feature.pxd", [tmp_path]) == []
