"""Summaries for language models: every bound declaration is in them, and YAML and JSON are what they claim to be."""

import json
from pathlib import Path

import pytest
import yaml
from project import run
from test_schemas import HEADER

# Names that YAML would read as something else, and one name for a tag and a typedef.
AWKWARD = """\
#define LARGE 1e300
#define QUOTED "a: \\"b\\"\\n# c"
struct pair {int y;};
typedef struct {int no, on;} pair;
enum null {yes, off = -1};
int (*getter(int which))(double);
void on(void (*callback)(int), const char *const names[], struct {int x;} *unnamed, int, ...);
"""
SYSTEM = ["zlib.h", "sqlite3.h", "stdio.h", "math.h", "pthread.h", "termios.h"]


class Loader(yaml.SafeLoader):
    """A key that stands twice is an error."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key) for key, _ in node.value]
        assert len(keys) == len(set(keys)), keys
        return super().construct_mapping(node, deep)


@pytest.fixture(params=["types", "awkward", *SYSTEM])
def written(request, tools, tmp_path):
    """The bound declarations of a header, and its summary in every verbosity."""
    path = tmp_path / "demo.h"
    if request.param in SYSTEM:
        path = Path("/usr/include") / request.param
        if not path.is_file():
            pytest.skip("{} is not installed".format(path))
    else:
        path.write_text({"types": HEADER, "awkward": AWKWARD}[request.param])
    env = tools.environment(libclang=True)

    def output(writer, *options):
        command = [tools.binary, str(path), "--no-config", "-w", writer, *options]
        return run(*command, cwd=tmp_path, env=env).out

    document = json.loads(output("json"))
    bound = [one for one in document["declarations"] if one.get("bound", True)]
    verbosities = ("compact", "standard", "verbose")
    texts = {one: output("prompt", "--writer-opt", "prompt:verbosity=" + one) for one in verbosities}
    assert output("prompt") == texts["compact"]
    return bound, texts


def test_every_declaration_is_in_every_summary(written):
    """One line, one key, one entry for each."""
    bound, texts = written
    names = [one.get("name") for one in bound]
    lines = texts["compact"].splitlines()[1:]
    assert len(lines) == len(names)
    for name, line in zip(names, lines):
        assert name is None or name in line.split(" ", 1)[1], (name, line)
    document = yaml.load(texts["standard"], Loader)
    sections = [section for section in document.values() if isinstance(section, dict)]
    keys = [key.replace(" (typedef)", "") for section in sections for key in section]
    named = [key for key in keys if not key.startswith("(unnamed")]
    assert sorted(named) == sorted(name for name in names if name)
    assert len(keys) == len(names)
    verbose = json.loads(texts["verbose"])["declarations"]
    assert [one["name"] for one in verbose] == names


def test_values_and_fields_are_right(written):
    """Constants keep value and type, enums their values, records their fields."""
    bound, texts = written
    document = yaml.load(texts["standard"], Loader)
    for one in bound:
        if one["kind"] == "constant" and "bytes" not in one["value"]:
            (value,) = one["value"].values()
            assert document["constants"][one["name"]] == value
        if one["kind"] == "enum" and one.get("name") and one["constants"]:
            expected = {constant["name"]: constant["value"] for constant in one["constants"]}
            assert document["enums"][one["name"]] == expected
        if one["kind"] == "record" and one.get("fields"):
            fields = document[one["record"] + "s"][one["name"]]["fields"]
            visible = [field for field in one["fields"] if "name" in field or "bit_width" not in field]
            assert [next(iter(field)) for field in fields] == [field.get("name", "(anonymous)") for field in visible]
            assert all(isinstance(text, str) for field in fields for text in field.values())


def test_cross_references_go_both_ways(written):
    """What uses a declaration is used by it; every use is of a name."""
    _, texts = written
    verbose = json.loads(texts["verbose"])["declarations"]
    tags = ("struct", "union", "enum")
    prefix = {"struct ": "struct", "union ": "union", "enum ": "enum"}
    for one in verbose:
        for name in one["uses"]:
            kinds = [kind for start, kind in prefix.items() if name.startswith(start)]
            bare = name.split(" ", 1)[1] if kinds else name
            used = [other for other in verbose if other["name"] == bare and (not kinds or other["kind"] in kinds)]
            users = {user for other in used for user in other["used_by"]}
            mine = {one["name"], *("{} {}".format(tag, one["name"]) for tag in tags)}
            assert not used or users & mine, (one["name"], name)
