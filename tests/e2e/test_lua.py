"""Lua modules: LuaJIT loads them, lays types out as the C compiler does, and calls C through them."""

import os
import random
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from project import run

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "oracles"))

import lua_oracle  # noqa: E402

pytestmark = pytest.mark.skipif(not shutil.which("luajit"), reason="luajit is not installed: see tests/run")

MULTIARCH = sysconfig.get_config_var("MULTIARCH") or "x86_64-linux-gnu"
HEADERS = [
    "zlib.h",
    "sqlite3.h",
    "stdio.h",
    "stdlib.h",
    "pthread.h",
    "signal.h",
    "elf.h",
    "sys/socket.h",
    "linux/perf_event.h",
    "curl/curl.h",
    "SDL2/SDL.h",
    sysconfig.get_path("include") + "/Python.h",
]
# Their value is the line they are used in.
LINES = ("SDL_LINE:",)


def written(tools, header, folder, *options):
    module = folder / (Path(header).stem + ".lua")
    command = [tools.binary, header, "-w", "lua", "--no-config", "--no-cache", "-o", "lua:{}".format(module)]
    run(*command, *options, cwd=folder, env=tools.environment(libclang=True))
    return module


@pytest.mark.parametrize("name", HEADERS)
def test_real_headers(tools, tmp_path, name):
    places = [Path("/usr/include", name), Path("/usr/include", MULTIARCH, name)]
    found = [place for place in places if place.is_file()]
    if not found:
        pytest.skip("{} is not installed: see HEADERS in tests/run".format(name))
    module = written(tools, found[0], tmp_path)
    problems = lua_oracle.check(str(found[0]), str(module), libraries=["libc.so.6"], allow_missing=True)
    assert [problem for problem in problems if not problem.startswith(LINES)] == []
    assert "define(" in module.read_text()


@pytest.fixture
def library(tmp_path):
    """A library of everything that is hard to call."""
    built = tmp_path / "libhard.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-w", "-o", built, HERE / "lua" / "hard.c"], check=True)
    return built


def test_everything_c_can_declare(tools, tmp_path, library):
    module = written(tools, HERE / "lua" / "hard.h", tmp_path)
    found = lua_oracle.check(str(HERE / "lua" / "hard.h"), str(module), libraries=[str(library)])
    assert len(found) == 1 and found[0].startswith("no symbol for `not_in_library`"), found
    for options in ([], ["-joff"]):
        subprocess.run(["luajit", *options, HERE / "lua" / "calls.lua", module, library], check=True)


def test_the_library_is_found_by_the_option(tools, tmp_path, library):
    (tmp_path / "pyproject.toml").write_text(
        "[tool.headerkit]\nwriters = ['lua']\nheaders = {'hard.h' = {}}\n"
        "[tool.headerkit.output]\nlua = 'hard.lua'\n"
        "[tool.headerkit.writer.lua]\nlibrary = ['nowhere-at-all', './libhard.so']\n"
    )
    shutil.copy(HERE / "lua" / "hard.h", tmp_path)
    run(tools.binary, "generate", cwd=tmp_path, env=tools.environment(libclang=True))
    script = "local M = require('hard'); print(M.old_style(), pcall(function() return M.not_in_library end))"
    said = subprocess.run(["luajit", "-e", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert said.stdout.startswith("9\tfalse\t") and "not_in_library" in said.stdout


def test_two_modules_share_their_types(tools, tmp_path):
    (tmp_path / "a.h").write_text(
        "typedef struct { int x; } shared; enum kind { K = 1 }; struct box { shared s; enum kind k; _Bool b; };\n"
        "enum { LOOSE = 1 }; typedef _Bool flag; int a(struct box *);\n"
    )
    (tmp_path / "b.h").write_text('#include "a.h"\nenum { OTHER = 2 }; int b(struct box *, shared);\n')
    (tmp_path / "c.h").write_text("struct box { char other; };\n")
    for name in "abc":
        written(tools, tmp_path / (name + ".h"), tmp_path)
    script = (
        "local a, b = require('a'), require('b'); print(a.LOOSE, b.OTHER, a.K, b.K, #a.__verify(), #b.__verify());"
        "print(pcall(require, 'c'))"
    )
    said = subprocess.run(["luajit", "-e", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    first, second = said.stdout.splitlines()[:2]
    assert first == "1\t2\t1\t1\t0\t0"
    assert "`struct box` is declared with 12 bytes already, here it has 1" in said.stdout, second


NUMBERS = "char,short,unsigned,long,double,void *,_Bool,long double,__int128,float _Complex,enum color".split(",")
WIDTHS = {"signed char": 8, "unsigned short": 16, "int": 32, "unsigned": 32, "unsigned long": 64, "_Bool": 1}
ATTRIBUTES = ["", "", "packed", "packed, aligned(4)", "aligned(8)", "aligned(32)"]


class Records:
    """Records of all kinds, at random but the same for the same seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.names = []
        self.count = 0

    def attributes(self):
        words = self.random.choice(ATTRIBUTES)
        return " __attribute__(({}))".format(words) if words else ""

    def member(self, depth):
        self.count += 1
        name, kind = "f{}".format(self.count), self.random.random()
        if kind < 0.4:
            base = self.random.choice(sorted(WIDTHS))
            width = self.random.randint(1, WIDTHS[base])
            unnamed = self.random.random() < 0.15
            return "{} : {};".format(base, width % 3 and width) if unnamed else "{} {} : {};".format(base, name, width)
        if kind < 0.75:
            align = self.random.choice(["", "", "", " __attribute__((aligned(16)))", " __attribute__((packed))"])
            array = self.random.choice(["", "", "[3]", "[2][2]"])
            return "{} {}{}{};".format(self.random.choice(NUMBERS), name, array, align)
        if kind < 0.85 and self.names:
            return "{} {};".format(self.random.choice(self.names), name)
        if depth < 2:
            return "{}{};".format(self.record("", depth + 1), self.random.choice(["", " " + name]))
        return "char {};".format(name)

    def record(self, name, depth):
        keyword = self.random.choice(["struct", "struct", "union"])
        members = [self.member(depth) for _ in range(self.random.randint(1, 7))]
        if name:
            name = keyword + " " + name
            self.names.append(name)
        return "{} {{ {} }}{}".format(name or keyword, " ".join(members), self.attributes())


@pytest.mark.parametrize("seed", range(int(os.environ.get("HEADERKIT_FUZZ", "3"))))
def test_records_at_random(tools, tmp_path, seed):
    records = Records(seed)
    lines = ["enum color { RED, GREEN = 7 };"]
    for number in range(50):
        pack = records.random.choice([0, 0, 0, 1, 2, 4])
        lines += ["#pragma pack(push, {})".format(pack)] if pack else []
        text = records.record("s{}".format(number), 0)
        lines += [text + ";"] + (["#pragma pack(pop)"] if pack else [])
    header = tmp_path / "random.h"
    header.write_text("\n".join(lines) + "\n")
    assert lua_oracle.check(str(header), str(written(tools, header, tmp_path))) == []
