"""What calls through a generated ctypes module cost, run by hand: python3 tests/bench/calls.py [--binary PATH]

Prints for each kind of argument the time of a call against the same call through plain ctypes, in one run. Needs a C
compiler, and libclang where `headerkit-backend` finds it.
"""

import argparse
import ctypes
import subprocess
import sys
import tempfile
import timeit
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = """\
#include <stdint.h>
typedef int (*compare)(int, int);
struct handle;
void write_to(uint8_t *p) {}
void read_from(const uint8_t *p) {}
void call(compare how) {}
void use(struct handle *h) {}
"""
HEADER = SOURCE.replace(" {}", ";")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default=str(ROOT / "target" / "release" / "headerkit-backend"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        (work / "calls.h").write_text(HEADER)
        (work / "calls.c").write_text(SOURCE)
        subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", "libcalls.so", "calls.c"], cwd=work, check=True)
        command = [options.binary, "calls.h", "--no-config", "--no-cache", "-q", "-o", "ctypes:calls.py"]
        subprocess.run([*command, "--writer-opt", "ctypes:library=./libcalls.so"], cwd=work, check=True)
        sys.path.insert(0, folder)
        measure(__import__("calls"), ctypes.CDLL(str(work / "libcalls.so")))


def measure(module, plain):
    octets = ctypes.POINTER(ctypes.c_uint8)
    plain.write_to.argtypes, plain.read_from.argtypes = [octets], [octets]
    plain.call.argtypes, plain.use.argtypes = [module.compare], [ctypes.c_void_p]
    for name in ("write_to", "read_from", "call", "use"):
        getattr(plain, name).restype = None
    array = (ctypes.c_uint8 * 16)()
    pointer, one = ctypes.cast(array, octets), ctypes.c_uint8()
    handle = ctypes.cast(array, ctypes.POINTER(module.handle))
    cases = [
        ("pointer", "write_to", pointer, pointer),
        ("array", "write_to", array, array),
        ("byref", "write_to", ctypes.byref(one), ctypes.byref(one)),
        ("None", "write_to", None, None),
        # Plain ctypes takes no bytes here; those who want to pass them cast.
        ("bytes, const", "read_from", b"text", pointer),
        ("callback", "call", module.compare(lambda a, b: 0), None),
        ("handle", "use", handle, ctypes.addressof(array)),
    ]
    print("{:<14}{:>10}{:>10}{:>8}".format("argument", "plain ns", "ours ns", "ratio"))
    for what, name, given, plainly in cases:
        plainly = given if what == "callback" else plainly
        times = [least(getattr(library, name), value) for library, value in ((plain, plainly), (module, given))]
        print("{:<14}{:>10.0f}{:>10.0f}{:>8.2f}".format(what, *times, times[1] / times[0]))


def least(function, argument):
    """Nanoseconds of a call, the least of many."""
    count = 20000
    return min(timeit.repeat(lambda: function(argument), number=count, repeat=25)) / count * 1e9


if __name__ == "__main__":
    main()
