"""The ctypes module and its stub: the C compiler, the interpreter and mypy are asked."""

import random
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from project import run

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "oracles"))
import ctypes_oracle

SHAPES = Path(__file__).with_name("shapes.h")


def generate(tools, folder, header, *options):
    command = [tools.binary, header, "--no-config", "--no-cache", "-o", "ctypes:bound.py", *options]
    return run(*command, cwd=folder, env=tools.environment(libclang=True))


def python(folder, script):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", dedent(script)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_every_shape_is_the_compilers(tools, tmp_path):
    """Packed, aligned, bit-fields, unions, names of Python: sizes, places and values are right."""
    generate(tools, tmp_path, SHAPES)
    assert ctypes_oracle.check(str(SHAPES), str(tmp_path / "bound.py"), (), ()) == []


def test_a_constexpr_of_c23_is_a_constant(tools, tmp_path):
    """It has internal linkage: no library has such a variable."""
    (tmp_path / "bound.h").write_text("constexpr int answer = 42;\nstatic const int other = 7;\n")
    generate(tools, tmp_path, tmp_path / "bound.h", "--backend-arg=-std=c2x")
    assert python(tmp_path, "import bound; print(bound.answer, bound.other)") == "42 7\n"


@pytest.mark.parametrize("seed", [1, 2])
def test_random_records_are_the_compilers(tools, tmp_path, seed):
    """Records that nobody would write: what is not refused is right, and nothing is."""
    header = tmp_path / "records.h"
    header.write_text(records(random.Random(seed), 120))
    generate(tools, tmp_path, header)
    assert ctypes_oracle.check(str(header), str(tmp_path / "bound.py"), (), ()) == []


def test_a_wrong_layout_is_found_by_the_module_itself(tools, tmp_path):
    """`python -m` says what differs and fails, and where there is no library."""
    (tmp_path / "a.h").write_text("struct s { int a; int b : 3; }; int gone(struct s *s);\n")
    generate(tools, tmp_path, "a.h")
    command = [sys.executable, "-m", "bound"]
    alone = run(*command, cwd=tmp_path, check=False)
    assert alone.code == 1 and "no library defines gone; tried `a`, this process" in alone.out
    module = tmp_path / "bound.py"
    module.write_text(module.read_text().replace('("a", _ct.c_int)', '("a", _ct.c_short)'))
    wrong = run(*command, cwd=tmp_path, check=False)
    assert wrong.code == 1 and "offset and size of `s.a` is 0,2 and should be 0,4" in wrong.out


USER = """\
    import ctypes
    import bound

    point = bound.point(x=1, y=2.0)
    number: int = point.x
    point.y = 3
    offset: int = bound.point.y.offset
    pointer = ctypes.pointer(point)
    again: float = pointer.contents.y

    @bound.compare
    def compare(a: "ctypes._Pointer[bound.point]", b: "ctypes._Pointer[bound.point]") -> int:
        return a.contents.x - b.contents.x

    out = ctypes.create_string_buffer(4)
    assert bound.copy(out, b"abc", 3) == 3 and out.value == b"abc"
    assert bound.copy(bytearray(4), (ctypes.c_ubyte * 3)(1, 2, 3), 3) == 3
    assert bound.copy(None, None, 0) == 0
    assert bound.order(compare, point, ctypes.byref(point)) == 0
    assert bound.order(None, pointer, None) == -1
    assert bound.order(bound.compare(lambda a, b: 7), [point, point][0], (bound.point * 1)(point)) == 7
    assert bound.fail() == -1 and ctypes.get_errno() == bound.EXPECTED
    assert bound.LIMIT == 7 and bound.counter.value == 5 and bound.NAME == b"name"
    kept = bound.keywords()
    kept.from_ = 4
    assert getattr(kept, "from") == 4
    print("fine")
"""

USED_H = """\
    struct point { int x; double y; };
    typedef struct point point;
    typedef int (*compare)(const point *a, const point *b);
    struct keywords { int from; struct point point; point *other; };
    #define LIMIT 7
    #define NAME "name"
    enum { EXPECTED = 4 };
    extern int counter;
    int copy(unsigned char *out, const unsigned char *in, int n);
    int order(compare how, const point *a, const point *b);
    int fail(void);
"""

USED_C = """\
    #include <errno.h>
    #include <string.h>
    #include "used.h"
    int counter = 5;
    int copy(unsigned char *out, const unsigned char *in, int n) { if (n) memcpy(out, in, n); return n; }
    int order(compare how, const point *a, const point *b) { return how ? how(a, b) : -1; }
    int fail(void) { errno = EXPECTED; return -1; }
"""


@pytest.fixture
def used(tools, tmp_path):
    (tmp_path / "used.h").write_text(dedent(USED_H))
    (tmp_path / "used.c").write_text(dedent(USED_C))
    run("cc", "-shared", "-fPIC", "-o", "libused.so", "used.c", cwd=tmp_path)
    options = ["--writer-opt", "ctypes:library=./libused.so", "--writer-opt", "ctypes:use_errno=true"]
    generate(tools, tmp_path, "used.h", *options)
    (tmp_path / "user.py").write_text(dedent(USER))
    return tmp_path


def test_a_program_calls_what_the_stub_promises(used):
    assert run(sys.executable, "user.py", cwd=used).out == "fine\n"


BY_VALUE_H = """\
    union number_ { int i; float f; };
    struct bits_ { unsigned a : 3, b : 20; signed char c; };
    struct tagged_ { int tag; union number_ n; double d[2]; };
    struct mixed_ { union { double d; float f; } x; union { long i; double d; } y; };
    union number_ number(char c, union number_ n, float f);
    struct bits_ bits(double d, struct bits_ b);
    struct tagged_ tagged(struct tagged_ a, struct bits_ b, struct tagged_ c);
    struct mixed_ mixed(int i, struct mixed_ m, double d);
    double _Complex square(double _Complex z);
    float _Complex sum(int i, float _Complex z, double _Complex w);
"""

BY_VALUE_C = """\
    #include "value.h"
    union number_ number(char c, union number_ n, float f) { n.i += c + (int)f; return n; }
    struct bits_ bits(double d, struct bits_ b) { b.b += (int)d; b.c = -b.c; return b; }
    struct tagged_ tagged(struct tagged_ a, struct bits_ b, struct tagged_ c)
    { a.n.i += b.b; a.d[1] += c.d[0]; a.tag = c.tag; return a; }
    struct mixed_ mixed(int i, struct mixed_ m, double d) { m.x.d += d; m.y.i += i; return m; }
    double _Complex square(double _Complex z) { return z * z; }
    float _Complex sum(int i, float _Complex z, double _Complex w) { return i + z + w; }
"""

BY_VALUE = """\
    import ctypes
    import bound
    assert bound.number(b"\\1", bound.number_(i=40), 1.5).i == 42
    given = bound.bits(2.0, bound.bits_(a=5, b=1000000, c=-7))
    assert (given.a, given.b, given.c) == (5, 1000002, 7)
    tagged = bound.tagged_(1, bound.number_(i=3), (1.5, 2.5))
    given = bound.tagged(tagged, bound.bits_(b=4), bound.tagged_(9, bound.number_(), (0.5, 0)))
    assert (given.tag, given.n.i, given.d[1]) == (9, 7, 3.0) and tagged.tag == 1
    value = bound.mixed_()
    value.x.d, value.y.i = 1.5, 40
    given = bound.mixed(2, value, 1.0)
    assert (given.x.d, given.y.i) == (2.5, 42)
    assert bound.square(1 + 2j) == -3 + 4j and bound.sum(1, 2j, 3) == 4 + 2j
    try:
        bound.square("text")
    except ctypes.ArgumentError:
        print("fine")
"""


def test_unions_bit_fields_and_complex_numbers_go_by_value(tools, tmp_path):
    """What ctypes cannot pass comes through unharmed, in registers of either sort and in memory."""
    (tmp_path / "value.h").write_text(dedent(BY_VALUE_H))
    (tmp_path / "value.c").write_text(dedent(BY_VALUE_C))
    run("cc", "-shared", "-fPIC", "-o", "libvalue.so", "value.c", cwd=tmp_path)
    generate(tools, tmp_path, "value.h", "--writer-opt", "ctypes:library=./libvalue.so")
    assert python(tmp_path, BY_VALUE) == "fine\n"


def test_the_stub_satisfies_a_type_checker(used):
    """The stub and a program that uses it, in mypy's strictest mode; what is wrong is found."""
    mypy = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", used / "cache"]
    run(*mypy, "bound.pyi", "user.py", cwd=used)
    lines = ["import bound", 'bound.point(x=1).x = "a"', "bound.order(4, None, 1.5)", "bound.nothing"]
    (used / "wrong.py").write_text("\n".join(lines) + "\n")
    found = run(*mypy, "wrong.py", cwd=used, check=False)
    assert [line for line in (2, 3, 4) if "wrong.py:{}: error".format(line) in found.out] == [2, 3, 4], str(found)


def test_the_stub_of_awkward_names_satisfies_a_type_checker(tools, tmp_path):
    generate(tools, tmp_path, SHAPES)
    run(sys.executable, "-m", "mypy", "--strict", "--cache-dir", tmp_path / "cache", "bound.pyi", cwd=tmp_path)


def test_the_stub_comes_along_unless_it_is_not_wanted(tools, tmp_path):
    (tmp_path / "a.h").write_text("int f(void);\n")
    env = tools.environment(libclang=True)
    base = [tools.binary, "a.h", "--no-config", "--no-cache"]
    assert "_hk_function" in run(*base, "-w", "ctypes", cwd=tmp_path, env=env).out
    run(*base, "-o", "ctypes:a.txt", cwd=tmp_path, env=env)
    run(*base, "-o", "ctypes:b.py", "--writer-opt", "ctypes:stub=false", cwd=tmp_path, env=env)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.h", "a.txt", "b.py"]
    run(*base, "-o", "ctypes:b.py", cwd=tmp_path, env=env)
    assert "def f() -> int: ..." in (tmp_path / "b.pyi").read_text()


BITS = {"char": 8, "unsigned char": 8, "short": 16, "int": 32, "unsigned": 32, "long long": 64, "_Bool": 1, "enum e": 32}
PLAIN = [*BITS, "float", "double", "long double", "void *", "al8", "al32", "al2"]


def records(choice, count):
    """A header of structs and unions with members of every kind."""
    lines = ["enum e { LOW = -1, HIGH };"]
    lines += ["typedef int al8 __attribute__((aligned(8)));", "typedef short al32 __attribute__((aligned(32)));"]
    lines += ["typedef long al2 __attribute__((aligned(2)));"]
    known = []
    for number in range(count):
        kind = choice.choice(["struct", "struct", "union"])
        pack = choice.choice([1, 2, 4, 8]) if choice.random() < 0.15 else None
        lines += ["#pragma pack(push, {})".format(pack)] if pack else []
        body = " ".join(members(choice, known, "f", 0))
        lines.append("{} {} r{} {{ {} }};".format(kind, attribute(choice), number, body))
        lines += ["#pragma pack(pop)"] if pack else []
        known = [*known[-20:], "{} r{}".format(kind, number)]
    return "\n".join(lines) + "\n"


def attribute(choice):
    packed = choice.choice(["", "packed, "])
    aligned = "__attribute__(({}aligned({})))".format(packed, choice.choice([2, 4, 8, 16, 32, 64]))
    return choice.choices(["", "__attribute__((packed))", aligned], [4, 1, 1])[0]


def members(choice, known, prefix, depth):
    found = []
    for number in range(choice.randint(1, 6)):
        name = "{}{}".format(prefix, number)
        kind = choice.random()
        if kind < 0.4:
            ty = choice.choice(list(BITS))
            width = choice.randint(1, BITS[ty])
            unnamed = "{} : {};".format(ty, choice.choice([0, width]))
            found.append(choice.choices(["{} {} : {};".format(ty, name, width), unnamed], [8, 1])[0])
        elif kind < 0.7 or depth > 2:
            ty = choice.choice(PLAIN)
            array = choice.choice(["", "", "[0]", "[3]"]) if ty not in ("al8", "al32") else ""
            found.append("{} {}{};".format(ty, name, array))
        elif kind < 0.82 and known:
            found.append("{} {}{};".format(choice.choice(known), name, choice.choice(["", "[2]"])))
        else:
            inner = " ".join(members(choice, known, name + "_", depth + 1))
            name = choice.choice(["", name])
            found.append("{} {} {{ {} }} {};".format(choice.choice(["struct", "union"]), attribute(choice), inner, name))
    return found
