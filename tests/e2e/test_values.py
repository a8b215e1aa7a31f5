"""Values of constants: a C program that includes the header is asked, and gcc and clang about macros that nobody would write."""

import os
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from project import run

TESTS = Path(__file__).resolve().parents[1]
CONSTANTS_H = """\
#define QUOTE(s) #s
#define EXPAND(s) QUOTE(s)
#define EXPAND_ALL(...) EXPAND((__VA_ARGS__))
#define MAJOR  1
#define MINOR    5
#define PATCH  /* none */ 4
#define OPTION
#define CALL( a, b )  a(  b )
#define LIBRARY_VERSION MAJOR.MINOR.PATCH
#define VERSION_STRING EXPAND(LIBRARY_VERSION)
#define SUM EXPAND(A+MINOR)
#define INNER EXPAND(f(A,MINOR))
#define SPACED EXPAND( a OPTION b\\
 OPTION+c )
#define NESTED EXPAND(CALL(CALL,MINOR))
#define LIST EXPAND_ALL(MAJOR,MINOR , PATCH)
#define UNCERTAIN EXPAND(CALL(f,a OPTION))
#define PLACE EXPAND(__LINE__)
#define QUOTED EXPAND("a\\n" '"')
#define JOINED "a" "\\x41" EXPAND(MINOR) u8"\\u20ac"
#define WIDE L"w\\u20ac" L"x"
#define TENTH 0.1f
#define HALF (1.0 / 2)
#define MASK (~0u << 4)
#define LETTER 'ab'
#define SIGNED '\\xe9'
#define MINUS ((unsigned char)-1)
"""
TEXTS = "VERSION_STRING SUM INNER SPACED NESTED LIST UNCERTAIN QUOTED JOINED".split()
NUMBERS = "TENTH HALF MASK LETTER SIGNED MINUS".split()
linux = pytest.mark.skipif(sys.platform != "linux", reason="gcc and clang are asked")


def test_constants_are_those_of_a_c_program(tools, tmp_path):
    """Whichever tool gave the value, the interpreter and the program print the same."""
    (tmp_path / "constants.h").write_text(CONSTANTS_H)
    command = [tools.binary, "constants.h", "--no-config", "--no-cache", "--scope", "header", "-o", "ctypes:bound.py"]
    done = run(*command, "-v", cwd=tmp_path, env=tools.environment(libclang=True))
    assert "macro `PLACE` is not bound: it depends on where it is used" in done.err + done.out
    script = """
        import bound
        for name in {}:
            print(getattr(bound, name).decode())
        print(*[ord(letter) for letter in bound.WIDE])
        for name in {}:
            print(float(getattr(bound, name)).hex())
        assert not hasattr(bound, "PLACE")
    """.format(TEXTS, NUMBERS)
    python = [sys.executable, "-X", "utf8", "-c", dedent(script)]
    ours = subprocess.run(python, cwd=tmp_path, stdout=subprocess.PIPE, check=True).stdout.decode()
    assert ours.splitlines() == [normal(line) for line in program(tmp_path).splitlines()]


def program(folder):
    lines = ["puts({});".format(name) for name in TEXTS]
    lines += ['printf("%d %d %d\\n", WIDE[0], WIDE[1], WIDE[2]);'] + ['printf("%a\\n", (double){});'.format(name) for name in NUMBERS]
    source = '#include <stdio.h>\n#include "constants.h"\nint main(void) {{\n{}\nreturn 0; }}\n'.format("\n".join(lines))
    (folder / "print.c").write_text(source)
    subprocess.run(["cc", "-w", "-o", "print", "print.c"], cwd=folder, check=True)
    return subprocess.run(["./print"], cwd=folder, stdout=subprocess.PIPE, check=True).stdout.decode()


def normal(line):
    """A hexadecimal number as Python writes it."""
    return float.fromhex(line).hex() if re.match(r"-?0x", line) else line


@linux
def test_random_macros_have_the_values_of_gcc_and_clang(tools):
    """Prints the seeds of those that differ; a run in CI has new ones each time. Takes seconds."""
    command = [sys.executable, TESTS / "values" / "generate.py", "--binary", tools.binary, "--python", sys.executable]
    environment = dict(os.environ, **tools.environment(libclang=True))
    out = run(*command, "--macros", "6000", env=environment, timeout=600).out
    assert " 0 differences" in out
    figures = {what: int(number) for number, what in re.findall(r"(\d+) ([a-z' ]+)", out.split(":")[1])}
    # Most are ours to tell, and a compiler was asked about the rest.
    assert figures["ours"] > figures["macros"] / 2 and figures["the compiler's"] > 0
    assert figures["judged by clang"] == figures["ours"] and figures["judged by gcc"] > 0
