#!/usr/bin/env python3
"""Random declarations, seeded: what the consumers make of them must be what gcc makes of them.

    python3 tests/random/generate.py [--seed N] [--records N] [--binary PATH] [--header FILE]

Records with bit-fields, packing, alignment, nesting, unions, arrays, function pointers and enums, 100 in a header.
ctypes, cffi (ABI mode) and LuaJIT are asked for every size and offset. A failure prints the seed and the record;
`--header FILE` writes one header of that seed instead of checking.
"""

import argparse
import concurrent.futures
import random
import re
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "corpus"))

import judge  # noqa: E402
import run as corpus  # noqa: E402

PER_HEADER = 100
WRITERS = ["json", "cffi-abi", "ctypes", "lua"]
INTEGERS = ["char", "signed char", "unsigned char", "short", "unsigned short", "int", "unsigned", "long"]
INTEGERS += ["unsigned long", "long long", "unsigned long long"]
BITS = {"unsigned char": 8, "signed char": 8, "short": 16, "unsigned short": 16, "int": 32, "unsigned": 32}
BITS.update({"long": 64, "unsigned long": 64, "unsigned long long": 64, "_Bool": 1})
SCALARS = INTEGERS + ["_Bool", "float", "double", "long double", "void *", "const char *"]


class Generator:
    """Makes one header; equal seeds make equal headers."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.enums = []
        self.records = []
        self.typedefs = []

    def header(self, records=PER_HEADER):
        lines = ["/* seed {} */".format(self.random.random())]
        for number in range(records):
            if self.chance(0.1):
                lines.append(self.enum(number))
            pack = self.random.choice([1, 2, 4, 8]) if self.chance(0.1) else None
            lines += ["#pragma pack(push, {})".format(pack)] if pack else []
            lines.append(self.record(number))
            lines += ["#pragma pack(pop)"] if pack else []
            if self.chance(0.2):
                lines.append("typedef {} t{};".format(self.records[-1], number))
                self.typedefs.append("t{}".format(number))
        return "\n".join(lines) + "\n"

    def chance(self, probability):
        return self.random.random() < probability

    def enum(self, number):
        name = "enum e{}".format(number)
        low = self.random.choice([0, 0, 1, -1, -5, 250])
        names = ", ".join("E{}_{} = {}".format(number, n, low + n * n) for n in range(self.random.randint(1, 4)))
        packed = " __attribute__((packed))" if self.chance(0.2) else ""
        self.enums.append(name)
        return "enum{} e{} {{ {} }};".format(packed, number, names)

    def record(self, number):
        kind = "union" if self.chance(0.2) else "struct"
        name = "{} r{}".format(kind, number)
        text = "{}{} r{} {{ {} }};".format(kind, self.attributes(), number, self.fields("f", 0))
        self.records.append(name)
        return text

    def attributes(self):
        found = []
        if self.chance(0.15):
            found.append("packed")
        if self.chance(0.1):
            found.append("aligned({})".format(self.random.choice([1, 2, 4, 8, 16, 32])))
        return " __attribute__(({}))".format(", ".join(found)) if found else ""

    def fields(self, prefix, depth):
        return " ".join(self.field(prefix + str(n), depth) for n in range(self.random.randint(1, 7)))

    def field(self, name, depth):
        draw = self.random.random()
        if draw < 0.3:
            return self.bit_field(name)
        if draw < 0.38 and depth < 2:
            kind = self.random.choice(["struct", "union"])
            inner = "{}{} {{ {} }}".format(kind, self.attributes(), self.fields(name + "_", depth + 1))
            return inner + (";" if self.chance(0.5) else " {}{};".format(name, self.array()))
        if draw < 0.45:
            return "int (*{}{})(void *, long);".format(name, self.array())
        if draw < 0.55 and self.records:
            return "{} {}{};".format(self.random.choice(self.records[-20:] + self.typedefs[-5:]), name, self.array())
        if draw < 0.6 and self.records:
            return "{} *{}{};".format(self.random.choice(self.records), name, self.array())
        if draw < 0.66 and self.enums:
            return "{} {};".format(self.random.choice(self.enums), name)
        aligned = ""
        if self.chance(0.05):
            aligned = " __attribute__((aligned({})))".format(self.random.choice([1, 2, 4, 8, 16]))
        elif self.chance(0.04):
            aligned = " __attribute__((packed))"
        return "{} {}{}{};".format(self.random.choice(SCALARS), name, self.array(), aligned)

    def array(self):
        if self.chance(0.75):
            return ""
        return "".join("[{}]".format(self.random.randint(1, 4)) for _ in range(self.random.randint(1, 2)))

    def bit_field(self, name):
        if self.enums and self.chance(0.1):
            return "{} {} : {};".format(self.random.choice(self.enums), name, self.random.randint(5, 8))
        kind = self.random.choice(sorted(BITS))
        if self.chance(0.12):
            return "{} : {};".format(kind, self.random.randint(0, BITS[kind]))
        return "{} {} : {};".format(kind, name, self.random.randint(1, BITS[kind]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, help="default: a new one")
    parser.add_argument("--records", type=int, default=3000)
    parser.add_argument("--binary", default=corpus.default_binary())
    parser.add_argument("--python", default=corpus.default_python())
    parser.add_argument("--header", metavar="FILE", help="write the header of this seed there")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
    if options.header:
        Path(options.header).write_text(Generator(seed).header(), encoding="utf-8")
        return
    setting = judge.Setting(options.binary, options.python, WRITERS, None)
    seeds = range(seed, seed + (options.records + PER_HEADER - 1) // PER_HEADER)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda one: check(one, setting), seeds))
    records, wrong = 0, 0
    for one, (figures, problems) in zip(seeds, results):
        records += figures
        wrong += bool(problems)
        for problem in problems:
            print("seed {}: {}".format(one, problem))
    print("{} records of seeds {} to {}: {} headers differ".format(records, seeds[0], seeds[-1], wrong))
    sys.exit(1 if wrong else 0)


def check(seed, setting):
    """How many records a seed's header has, and what is wrong with them."""
    text = Generator(seed).header()
    with tempfile.TemporaryDirectory(prefix="random-") as folder:
        path = Path(folder, "random.h")
        path.write_text(text, encoding="utf-8")
        row = judge.judge({"include": "random.h", "path": str(path)}, setting, folder)
    problems = []
    for writer, result in row["writers"].items():
        for problem in result["problems"]:
            names = re.findall(r"\b(r\d+)\b", problem)[:1]
            shown = [line for line in text.splitlines() for name in names if re.match(r"\w+[^{]* " + name + r" \{", line)]
            problems.append("{}: {}\n    {}".format(writer, problem, "\n    ".join(shown)))
    figures = row["writers"].get("json", {}).get("figures")
    return (figures[3] if figures else 0), problems


if __name__ == "__main__":
    main()
