#!/usr/bin/env python3
"""Random macros, seeded: the values of the constants that we evaluate must be those of gcc and of clang.

    python3 tests/values/generate.py [--seed N] [--macros N] [--target TRIPLE]... [--binary PATH] [--header FILE]

Expansion, stringizing, pasting, rescanning, nested and variadic arguments; literals with all prefixes and suffixes;
arithmetic, conversions, conditions and sizes in every data model. Each header has 400 macros to look at and is read
for one target, all in turn: gcc and clang judge this machine's, clang the others', and gcc with `-m32` that of i686. Every header
is read twice; the second time the compiler inside, libclang, cannot answer, so that only the values of our own evaluator remain.
Only those count, and every one must be equal. A failure prints the seed, the macro and what it says;
`--header FILE` writes the header of that seed instead of checking.
"""

import argparse
import collections
import json
import random
import re
import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "corpus"))

import judge  # noqa: E402
import oracle  # noqa: E402
import run as corpus  # noqa: E402

PER_HEADER = 400
NATIVE = "x86_64-linux-gnu"
# One of every data model, and of every platform that stores are filled for.
TARGETS = [
    NATIVE,
    "i686-linux-gnu",
    NATIVE,
    "aarch64-linux-gnu",
    "armv7-linux-gnueabihf",
    "riscv64-linux-gnu",
    NATIVE,
    "powerpc64le-linux-gnu",
    "s390x-linux-gnu",
    "x86_64-linux-musl",
    "x86_64-apple-darwin",
    NATIVE,
    "aarch64-apple-darwin",
    "x86_64-pc-windows-msvc",
    "aarch64-pc-windows-msvc",
    "i686-pc-windows-msvc",
    "x86_64-pc-windows-gnu",
    NATIVE,
    "mips-linux-gnu",
]
PROLOGUE = """\
typedef __INT8_TYPE__ i8; typedef __UINT8_TYPE__ u8; typedef __INT16_TYPE__ i16; typedef __UINT16_TYPE__ u16;
typedef __INT32_TYPE__ i32; typedef __UINT32_TYPE__ u32; typedef __INT64_TYPE__ i64; typedef __UINT64_TYPE__ u64;
typedef __SIZE_TYPE__ size; typedef __PTRDIFF_TYPE__ diff; typedef __WCHAR_TYPE__ wide; typedef _Bool flag;
typedef float single; typedef double real; typedef void *handle; typedef int (*call)(void);
struct point { int x; char y; long long z; }; union both { short s; double d; }; typedef struct point point;
enum level { LOW = -3, MIDDLE, HIGH = 70000 }; enum plain { RED, GREEN = 5, LAST = 0x7fffffff };
enum large { BIG = 0x80000000, BIGGER = 0xffffffff }; enum __attribute__((packed)) small { ONE = 1, MORE = 200 };
enum huge { HUGE = 0x123456789abcdef, NEGATIVE = -1 };
"""
# The compiler inside answers with `static` variables: without any, it does not.
SILENT = "#define static typedef\n"
NUMBERS = ["0", "1", "2", "3", "7", "8", "31", "32", "63", "64", "100", "127", "128", "255", "256", "32767", "32768", "65535"]
NUMBERS += ["65536", "2147483647", "2147483648", "4294967295", "4294967296", "9223372036854775807", "0x7fffffff"]
NUMBERS += ["0x80000000", "0xffffffff", "0x100000000", "0x7fffffffffffffff", "0x8000000000000000", "0xffffffffffffffff"]
NUMBERS += ["0x8000", "0xffff", "0777", "017777777777", "037777777777", "0b1011", "0XfF"]
SUFFIXES = ["", "", "", "", "u", "U", "l", "L", "ul", "UL", "Lu", "ll", "LL", "ull", "ULL", "llu", "LLU"]
NAMED = ["i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "size", "diff", "wide", "flag", "single", "real"]
ENUMS = ["enum level", "enum plain", "enum large", "enum small"]
BUILTIN = ["char", "signed char", "unsigned char", "short", "unsigned short", "int", "unsigned", "long", "unsigned long"]
BUILTIN += ["long long", "unsigned long long", "_Bool", "float", "double", "short int", "long unsigned int", "int long"]
BUILTIN += ["const int", "unsigned const char", "long double"]
SIZED = BUILTIN + NAMED + ENUMS + ["void *", "char **", "struct point", "union both", "point", "handle", "call", "int[3]"]
SIZED += ["point[2]", "struct point *", "int (*)(void)", "enum huge", "char const *", "point[2][3]", "const handle"]
POINTERS = ["void *", "char *", "const void *", "handle", "call", "struct point *", "int (*)(int)", "const struct point *const"]
CONSTANTS = ["LOW", "MIDDLE", "HIGH", "RED", "GREEN", "LAST", "BIG", "BIGGER", "ONE", "MORE", "HUGE", "NEGATIVE"]
BINARY = ["*", "/", "%", "+", "-", "<<", ">>", "<", ">", "<=", ">=", "==", "!=", "&", "^", "|", "&&", "||"]
WORDS = ["a", "bc", "x1", "\u00e9t", "\\u00e9x", "_q", "if", "int", "L", "u", "u8", "R", "e", "E0", "define", "LOW", "i32"]
SYMBOLS = ["+", "-", "*", "/", "<", ">", "=", "==", "<<", ">>=", "...", ".", "->", "!", "~", "%", "&", "&&", "|", "^", "?"]
SYMBOLS += [":", ";", "[", "]", "{", "}", "++", "--", "+=", "<:", "%:", "$x"]
TEXTS = ['"s"', "'c'", '"a\\"b"', "'\\''", '"\\\\"', "'\\n'", 'L"w"', "u'x'", '""', 'u8"8"', '"a  b"', "U'\\\\'"]
BLANKS = [" ", " ", "  ", "\t", "/**/", "/* c */", " /* c */ ", "\\\n", " \\\n", "\\\n ", " \\\n ", "/* a\n b */", "\f"]
PIECES = ["a", "Z", " ", "%d", "\\n", "\\t", "\\0", "\\x41", "\\377", "\\\\", '\\"', "\\'", "'", "\\e", "\\u00e9", "\u00e9", "\u20ac"]
PIECES += ["\\x7f", "\\x80", "\\xff", "\\u20ac", "\\U0001F600", "\U0001f600", "??!", "\\?", "\\1", "\\18", "\\v", "1", "e"]
WIDE_PIECES = PIECES + ["\\x4e2d", "\\ud83d", "\\xd83d", "\\x12345", "\\xffff", "\\x80000000", "\\x1F600"]
ODD = ["08", "0b12", "0b", "0x", "1e", "1e+", "0x1e+1", "5i", "1.0i", "1.0f16", "1.5q", "1wb", "1.e5", "1.f", ".5", "1'000", "0x1.8", "1.2.3"]
ODD += ["0x1.8p", "1uu", "1lul", "1Ll", "0xfu", "1e400", "1e-400", "1e39f", "1e-50f", "0x1p1024", "1e4933L", "1e-4950L", "0x1.0000001p0f"]
ODD += ["18446744073709551615", "18446744073709551616", "0xffffffffffffffffLL", "01777777777777777777777", "9223372036854775808", "00", "0u"]
ODD += ["0x.p1", ".", "1..2", "0e0", "00.5", "08.5", "1_0", "0xg", "1F", "0x1F", "0b1u", "0B11", "1.0d", "1dd", "'a", "1ull8", "1z", "5 ?: 3"]
ODD += ["sizeof 'a'", 'sizeof "abc"', 'sizeof L"abc"', "sizeof(1 + 1)", "sizeof 1.0f", '"abc"[1]', '*"abc"', '!"abc"', '"abc" ? 1 : 2', "+'a'"]
ODD += ["- -1", "-(-2147483647 - 1)", "1 / 0", "1 % 0", "0 && 1 / 0", "1 ? 2 : 1 / 0", "1 << 32", "1 << -1", "-1 << 3", "-1 >> 1", "1 << 31"]
ODD += ["(int)1e10", "(u8)-1.5", "(u8)300.0", "(int)(1.0 / 0.0)", "1.0 / 0", "0.0 / 0.0", "-0.0", "0.0 == -0.0", "(char)200", "(flag)0.5"]
ODD += ['_Pragma("x") 5', '_Pragma("GCC warning \\"a\\"") 5', '5 _Pragma("message(\\"a\\")")', "__extension__ 7", "(1)(2)", "(int)", "int", "1 2", "(1, 2)", "1, 2", "{1}", "1;"]
ODD += ["(void)0", "(void *)0 == 0", "!(void *)0", "(long)(void *)-1", "&*(char *)8", "(char *)8 + 1", "__LINE__", "CAT(__LI, NE__)", "-HUGE"]
ODD += ["BIG - 1", "-BIG", "~BIG", "NEGATIVE < 0u", "(enum large)-1 < 0", "(enum small)300", "(enum level)-1", "-(u8)1", "~(u16)0", "(u8)1 << 31"]


class Generator:
    """Makes one header; equal seeds make equal headers."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lines = []
        self.names = []
        # Macros that helpers of text may use: name and number of parameters, None for object-like, -1 for variadic.
        self.helpers = []
        self.numeric = []

    def header(self, macros=PER_HEADER):
        self.lines = ["#define Q(s) #s", "#define X(s) Q(s)", "#define CAT(a, b) a##b", "#define JOIN(a,b) CAT(a,b)"]
        self.lines += ["#define MAX(a, b) ((a) > (b) ? (a) : (b))", "#define BIT(n) (1 << (n))", "#define VQ(...) #__VA_ARGS__"]
        self.lines += ["#define VX(...) VQ(__VA_ARGS__)", "#define TAIL(a, ...) __VA_ARGS__", "#define FIRST(a, ...) a"]
        self.lines += ["#define NIL", "#define NOTHING()", "#define ID(x) x", "#define LOW LOW", "#define MIDDLE (MIDDLE)"]
        self.lines += ["#define HIGH HIGH + 1", "#define GREEN BIG", "#define BIG GREEN", "#define RED() 4"]
        makers = [(8, self.stringized), (7, self.arithmetic), (2, self.literal), (3, self.string), (2, self.character)]
        makers += [(2, self.odd), (1, self.pointer), (2, self.floating), (2, self.size), (2, self.rescanned), (1, self.kept)]
        weights, makers = zip(*makers)
        while len(self.names) < macros:
            if len(self.names) % 20 == 0:
                self.helpers, self.numeric = [], []
                for _ in range(9):
                    self.helper()
            name = "M{}".format(len(self.names))
            self.names.append(name)
            self.define(name, self.random.choices(makers, weights)[0]())
        text = "\n".join(["/* macros */", PROLOGUE, *self.lines]) + "\n"
        return text.replace("\n", "\r\n") if self.chance(0.2) else text

    def define(self, name, body):
        end = self.one(["", "", "", "", "", " ", " // c", " /* c */", "\t/* c\n * d */ ", "// c \\\n d"])
        if body in ("1'000", "'a"):
            # To C17 the quote opens a character.
            end = ""
        self.lines.append("#define {}{}{}{}".format(name, self.one(BLANKS[:6] + [" ", " ", " \\\n"]), body, end))

    def chance(self, probability):
        return self.random.random() < probability

    def one(self, values):
        return self.random.choice(values)

    # Text: what `#` makes of expansions.

    def helper(self):
        """A macro of any kind, with a body of any tokens, parameters, `#` and `##`."""
        name = "{}{}_{}".format(self.one("HPW"), len(self.names), len(self.helpers))
        if self.helpers and self.chance(0.05):
            # The last definition counts.
            name = self.one(self.helpers)[0]
            self.lines.append("#undef " + name)
            self.helpers = [known for known in self.helpers if known[0] != name]
        count = self.one([None, None, None, 0, 1, 1, 2, 2, 3, -1, -2])
        if count is None:
            parameters, head = [], name
        else:
            parameters = ["p", "q", "r"][: abs(count) - (count < 0)]
            head = parameters + ["..."] * (count < 0)
            parameters = parameters + ["__VA_ARGS__"] * (count < 0)
            head = "{}({})".format(name, self.one([", ", ",", " , "]).join(head))
        tokens = []
        for _ in range(self.one([0, 0, 1, 1, 2, 3, 4, 6])):
            tokens.append(self.body_token(parameters, count))
        body = self.spaced(tokens)
        body = re.sub(r"^#", "+#", body) if count is None else body
        self.lines.append("#define {}{}{}".format(head, self.one([" ", "  ", " /* c */ "]), body))
        self.helpers.append((name, count))

    def body_token(self, parameters, count):
        if parameters and self.chance(0.6):
            parameter = self.one(parameters)
            if self.chance(0.2):
                return "#" + self.one(["", " "]) + parameter
            if self.chance(0.25):
                other = self.one([self.one(parameters), self.one(WORDS), "1"])
                pair = [parameter, other] if self.chance(0.5) else [other, parameter]
                text = self.one(["##", " ## ", "## "]).join(pair)
                return text + self.one(["", "", "##" + self.one(parameters)])
            return parameter
        if count is not None and self.chance(0.05):
            return self.one(["__VA_OPT__(x)", ", ## __VA_ARGS__"])
        # Where this spelling of `#` may stand in a body is regulated.
        return self.text_token(1).replace("%:", "%")

    def text_token(self, depth):
        draw = self.random.random()
        if draw < 0.3 and self.helpers:
            return self.use(depth)
        if draw < 0.36:
            return self.one(["NIL", "NIL", "NOTHING()", "ID(" + self.one(["", "NIL", " a"]) + ")", "NOTHING", "__LINE__", "__COUNTER__"])
        if draw < 0.4 and depth:
            return "{}({})".format(self.one(["X", "Q", "ID", "VX", "JOIN"]), self.arguments(1, depth - 1))
        if draw < 0.5:
            return "(" + self.spaced([self.text_token(depth) for _ in range(self.one([0, 1, 2]))]) + ")"
        return self.one(self.one([WORDS, WORDS, SYMBOLS, SYMBOLS, TEXTS, NUMBERS, ["1.5", "1e+3", "0x1e+5", ".5", "0x1p-3", "1.2.3", "5"]]))

    def use(self, depth):
        name, count = self.one(self.helpers)
        if count is None or self.chance(0.08):
            return name
        given = count if count >= 0 else self.random.randint(abs(count) - 1, 4)
        gap = self.one(["", "", "", " "])
        return "{}{}({})".format(name, gap, self.arguments(given, depth - 1))

    def arguments(self, count, depth):
        made = []
        for _ in range(count):
            length = self.one([0, 1, 1, 1, 2, 2, 3]) if depth >= 0 else self.one([0, 1, 2])
            tokens = [self.text_token(max(depth, 0)) if depth >= 0 else self.one(WORDS + SYMBOLS[:8]) for _ in range(length)]
            made.append(self.one(["", "", "", " "]) + self.spaced(tokens) + self.one(["", "", "", " "]))
        return self.one([",", ", "]).join(made)

    def spaced(self, tokens):
        """The tokens with white space of any kind between them, or none where they stay apart."""
        text = ""
        for token in tokens:
            gap = self.one(BLANKS) if self.chance(0.5) else ""
            bare = text.rstrip(" \t")
            touches = re.search(r"[\w$.]$", bare) and re.match(r"[\w$.'\"\\]", token)
            touches = touches or (bare[-1:] + token[:1]) in ("//", "/*", "++", "--", "<<", ">>", "&&", "##", "==", "||", "..", "%:", "<:")
            if touches and gap.strip("\\\n") == "":
                gap = " "
            text += (" " if bare[-1:] == "/" else "") + gap + token
        return text

    def stringized(self):
        macro = self.one(["X", "X", "X", "X", "VX", "VX", "Q", "VQ", "X(ID", "VX(TAIL"])
        tokens = [self.text_token(2) for _ in range(self.random.randint(1, 5))]
        if macro == "X(ID":
            return "X(ID({}))".format(self.spaced(tokens))
        if macro == "VX(TAIL":
            return "VX(TAIL({}))".format(self.arguments(self.random.randint(1, 4), 1))
        extra = self.one(['', '', '', ' "tail"', ' " " X(NIL)'])
        return "{}({}{}{}){}".format(macro, self.one(["", " "]), self.spaced(tokens), self.one(["", " "]), extra)

    def rescanned(self):
        """Calls that end outside the macro that begins them, and macros that meet themselves."""
        names = [name for name, _ in self.helpers]
        one, two = self.one(names), self.one(names)
        forms = ["X({0} (a)(b))", "X({0}({1})(c))", "X({0} {1} (x, y))", "X(ID({0})(1))", "X(ID({0} )( 1 ))", "X(JOIN({0},)(2))"]
        forms += ["X(ID(ID({0}))(a,b)+{1})", "X(FIRST({0}, {1})(3) )", "VX({0}({1}, {1} )(z))", "X({0}({0}({0}(1))))"]
        forms += ["X(TAIL(,{0})(1) {1})", "X(CAT({0},)({1}(1)))"]
        return self.one(forms).format(one, two)

    # Numbers.

    def literal(self):
        return self.one(["", "", "-", "+", "~", "!", "- -"]) + self.one(NUMBERS) + self.one(SUFFIXES)

    def odd(self):
        return self.one(ODD)

    def arithmetic(self):
        text = self.expression(self.one([1, 2, 2, 3, 3, 4]))
        if self.chance(0.15):
            # Pieces of it as macros: the same value.
            name = "N{}_{}".format(len(self.names), len(self.numeric))
            self.lines.append("#define {} ({})".format(name, text))
            self.numeric.append(name)
            return self.one(["{}", "{} ", "-{}", "MAX({}, 1)", "({} + 0)", "ID({})"]).format(name)
        return text

    def expression(self, depth):
        if depth == 0 or self.chance(0.1):
            return self.operand()
        part = lambda: self.expression(depth - 1)  # noqa: E731
        draw = self.random.random()
        if draw < 0.12:
            return "{}{}".format(self.one(["-", "~", "!", "+", "- "]), self.group(part()))
        if draw < 0.3:
            return "({}){}".format(self.one(BUILTIN + NAMED + ENUMS), self.group(part()))
        if draw < 0.4:
            return "({} ? {} : {})".format(part(), part(), part())
        if draw < 0.45:
            return "{}({}, {})".format(self.one(["MAX", "FIRST", "JOIN", "TAIL"]), part(), part())
        if draw < 0.48:
            return "BIT({})".format(part())
        if draw < 0.5:
            return "({}, {})".format(part(), part())
        if draw < 0.56:
            # Shows type and sign.
            return "({}) * 0 - 1".format(part())
        if draw < 0.62:
            return "({}) {} {}".format(part(), self.one(["<<", ">>"]), self.one(["1", "3", "7", "15", "31", "32", "63"]))
        if draw < 0.66:
            return "sizeof({})".format(self.one(SIZED))
        return "{}{}{}{}{}".format(part(), self.one(["", " "]), self.one(BINARY), " ", part())

    def group(self, text):
        return "({})".format(text) if not re.fullmatch(r"\w+", text) or self.chance(0.3) else text

    def operand(self):
        draw = self.random.random()
        if draw < 0.45:
            return self.one(NUMBERS) + self.one(SUFFIXES)
        if draw < 0.5:
            return "(-{})".format(self.one(NUMBERS[:19]))
        if draw < 0.6:
            return self.one(CONSTANTS)
        if draw < 0.68:
            return self.character()
        if draw < 0.8:
            return self.real()
        if draw < 0.85:
            return "({})".format(self.pointer())
        if draw < 0.88:
            return self.one(["__INT_MAX__", "__LONG_MAX__", "__LONG_LONG_MAX__", "__CHAR_BIT__", "__SIZEOF_POINTER__", "__SHRT_MAX__"])
        if draw < 0.94 and self.numeric:
            return self.one(self.numeric)
        return self.one(["JOIN(0x, {}u)", "CAT({},L)", "CAT({}, ULL)", "JOIN({},)", "CAT(1,{})"]).format(self.one(["7", "10", "99"]))

    def real(self):
        digits = "".join(self.one("0123456789") for _ in range(self.random.randint(1, self.one([3, 3, 17, 25]))))
        forms = ["{}.", "{}.0", "0.{}", ".{}", "{}e0", "{}.5e3", "1.{}e-5", "{}E+10", "{}e-20", "2.{}e38", "1.{}e308", "5e-324", "4.{}e-310"]
        hexes = ["0x{}p0", "0x1.{}p3", "0x.{}p-1", "0X1.8P+1", "0x1p-1074", "0x1.{}p-1022", "0x1p1023", "0x1.fffffep127"]
        form = self.one(hexes if self.chance(0.25) else forms)
        return form.format(digits) + self.one(["", "", "", "f", "F", "l", "L"])

    def floating(self):
        real = self.real()
        forms = ["{}", "{}", "-{}", "({})", "+{}", "(float){}", "(double){}", "{} * 2", "{} / 3", "{} + 1", "(long double){}", "{} - 1.0f"]
        forms += ["(int){}", "(u8){}", "(i64){}", "1.0 / {}", "{} == {}", "!{}", "{} ? 1 : 2.5f", "(float)0.1 * {}", "-(double){}"]
        forms += ["__builtin_inff()", '__builtin_nan("")', "-__builtin_huge_val()", "(1.0 / 0.0)", "1 ? {} : 0"]
        return self.one(forms).format(*[real] * 2)

    def size(self):
        return self.one(["sizeof({})", "sizeof ({}) * 8", "(int)sizeof({})", "sizeof({}) - 9", "sizeof({})[4]"]).format(self.one(SIZED))

    # Characters, strings, pointers.

    def character(self):
        inside = "".join(piece for piece in (self.one(WIDE_PIECES) for _ in range(self.one([1, 1, 1, 1, 2, 3, 4, 5]))) if piece != "'")
        return "{}'{}'".format(self.one(["", "", "", "", "", "", "L", "L", "u", "U", "u8"]), inside or "a")

    def string(self):
        made = []
        wide = self.one(["", "", "", "L", "u", "U", "u8"])
        for _ in range(self.one([1, 1, 2, 3])):
            if self.chance(0.1):
                made.append("X({})".format(self.one(["LOW", "NIL", "a b", "1 + 2"])))
                continue
            prefix = self.one([wide, wide, ""]) if self.chance(0.95) else self.one(["L", "u", "U", "u8"])
            inside = "".join(self.one(WIDE_PIECES if wide else PIECES) for _ in range(self.one([0, 1, 2, 4])))
            made.append('{}"{}"'.format(prefix, inside))
        text = self.one([" ", "", "  "]).join(made) if all(part[0] == '"' for part in made) else " ".join(made)
        return self.one(["{}", "{}", "({})", "sizeof({})", "(({}))"]).format(text)

    def pointer(self):
        value = self.one(["0", "-1", "1", "0x1000", "4294967295", "0xffffffffffffffff", "LOW", "(u16)-1", "2 + 3", "1L", "0x80000000"])
        forms = ["(({}){})", "({}){}", "({})(i64){}", "({})(size){}", "(void *)({})({})", "(({})({}))"]
        return self.one(forms).format(self.one(POINTERS), "({})".format(value) if not value.isalnum() else value)

    def kept(self):
        """Values in several steps, alone in their macros."""
        base = "M{}".format(self.random.randint(0, max(len(self.names) - 2, 0)))
        return self.one(["{}", "({})", "X({})", "ID({})", "JOIN(M,{1})", "-{}", "({}) + 1", "{} NIL"]).format(base, base[1:])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, help="default: a new one")
    parser.add_argument("--macros", type=int, default=4000)
    parser.add_argument("--binary", default=corpus.default_binary())
    parser.add_argument("--python", default=corpus.default_python())
    parser.add_argument("--target", action="append", metavar="TRIPLE", help="default: all in turn")
    parser.add_argument("--clang", default=next(filter(shutil.which, oracle.CLANGS), None))
    parser.add_argument("--header", metavar="FILE", help="write the header of this seed there")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
    if options.header:
        Path(options.header).write_bytes(Generator(seed).header().encode())
        return
    if not options.clang:
        parser.error("no clang")
    targets = options.target or TARGETS
    setting = judge.Setting(options.binary, options.python, [], None)
    total, wrong = collections.Counter(), 0
    for one in range(seed, seed + -(-options.macros // PER_HEADER)):
        figures, problems = check(one, targets[one % len(targets)], options.clang, setting)
        total.update(figures)
        wrong += len(problems)
        for problem in problems:
            print("seed {}, {}: {}".format(one, targets[one % len(targets)], problem), flush=True)
    total["differences"] = wrong
    print("seeds {} to {}: {}".format(seed, one, ", ".join("{} {}".format(n, what) for what, n in total.items())))
    sys.exit(1 if wrong else 0)


def check(seed, target, clang, setting):
    """The figures of a seed, and what is wrong."""
    text = Generator(seed).header()
    if target.endswith("-msvc"):
        # Every enum has 32 bits there; longer ones, which it cuts off, get a warning and not its values.
        text = text.replace("__attribute__((packed)) ", "").replace("0x123456789abcdef", "0x789abcd")
    with tempfile.TemporaryDirectory(prefix="values-") as folder:
        every = constants(text, target, setting, folder)
        ours = constants(text + SILENT, target, setting, folder)
        asked = {name for name in every if name not in ours}
        figures = {"macros": len(re.findall(r"^#define \w+(?![\w(])", text, re.M)), "ours": len(ours), "the compiler's": len(asked)}
        answers = {}
        for compiler in compilers(target, clang, setting, folder):
            answers[compiler.name] = compiler.verdicts(text, ours, folder)
            figures["judged by " + compiler.kind] = sum(one != "not judged" for one in answers[compiler.name].values())
    problems = []
    for name, value in sorted(ours.items()):
        found = {compiler: verdict[name] for compiler, verdict in answers.items() if verdict[name] not in ("equal", "not judged")}
        if found:
            line = re.search(r"^#define {}\b((?:.*\\\n)*.*)".format(name), text, re.M).group(1)
            problems.append("{} is {} to us: {}: {}".format(name, value, found, line.replace("\n", "\u21b5")))
        if every.get(name) != value:
            problems.append("{} is {} and {}".format(name, value, every.get(name)))
    return figures, problems


def compilers(target, clang, setting, folder):
    if target == NATIVE:
        return [oracle.Compiler("gcc", ["gcc"], True), oracle.Compiler("clang", [clang], True)]
    # With zig's headers for Windows the header is read as mingw's compiler reads it.
    command = [setting.binary, "inspect", "args", "values.h", "--no-config", "--target", target]
    words = judge.run(*command, cwd=folder, env=setting.environment).stdout.split()
    options = [word for word in words if word.startswith(("--target=", "-m"))]
    if target.endswith("-msvc"):
        # Not what stands in for it where mingw's headers are read.
        options = ["--target=" + target, "-fno-ms-compatibility", "-fno-ms-extensions"]
    found = [oracle.Compiler("clang", [clang, *options], False)]
    if target == "i686-linux-gnu":
        found.append(oracle.Compiler("gcc", ["gcc", "-m32"], False))
    return found


def constants(text, target, setting, folder):
    """The object-like macros' values in our document."""
    Path(folder, "values.h").write_bytes(text.encode())
    command = [setting.binary, "values.h", "-w", "json", "-o", "json:values.json", "--no-config", "--no-cache"]
    done = judge.run(*command, "--scope", "header", "--target", target, cwd=folder, env=setting.environment, check=False)
    if done.returncode:
        raise SystemExit("{}: {}".format(target, done.stderr[:2000]))
    document = json.loads(Path(folder, "values.json").read_text(encoding="utf-8"))
    found = {one["name"]: one["value"] for one in document["declarations"] if one["kind"] == "constant"}
    return {name: value for name, value in found.items() if "name" not in value}


if __name__ == "__main__":
    main()
