"""`store explain`, `store verify --reparse` and `store merge`."""

import hashlib
import json
import shlex
import shutil

import pytest

from project import assert_clear, members, plain, run

NATIVE = "x86_64-linux-gnu"
FOREIGN = "aarch64-linux-gnu"
PLAIN = """\
[tool.headerkit]
include_dirs = ["include"]
defines = ["ONE", "TWO=2"]
[tool.headerkit.headers."include/plain.h"]
[tool.headerkit.output]
cffi = "src/demo/{stem}.cdef.txt"
"""


@pytest.fixture
def made(project):
    """A project with one header that needs nothing of any system."""

    def make(headerkit=PLAIN):
        found = plain(project("flit_core", headerkit=headerkit))
        found.populate()
        return found

    return make


def explain(project, *arguments):
    (answer,) = json.loads(project.cli("store", "explain", "--json", *arguments).out)["outputs"]
    return answer


# Explaining


def test_a_hit_is_explained(made):
    project = made()
    text = project.cli("store", "explain", "include/plain.h", "-w", "cffi").out
    assert "served from `output/cffi/libclang.plain." in text and "`include/part.inc`" in text
    answer = explain(project)
    assert answer["answer"] == "served" and any("`ONE` `TWO=2`" in reason for reason in answer["because"])
    assert any("libclang" in reason and "does not count" in reason for reason in answer["because"])


CHANGES = {
    "edited include": (lambda p: p.write("include/part.inc", "typedef int part_t;\n"), [], "file", "`include/part.inc` was edited"),
    "edited header": (lambda p: p.write("include/plain.h", '#include "part.inc"\n'), [], "file", "`include/plain.h` was edited"),
    "removed include": (lambda p: (p.root / "include/part.inc").unlink(), [], "file", "`include/part.inc` was removed"),
    "define added": (lambda p: None, ["-D", "THREE"], "defines", "`THREE` was added to `defines`"),
    "define removed": (
        lambda p: p.configure(PLAIN.replace('"ONE", ', "")), [], "defines", "`ONE` was removed from `defines`"
    ),
    "define changed": (
        lambda p: p.configure(PLAIN.replace("TWO=2", "TWO=3")),
        [],
        "defines",
        "`defines` has `TWO=3` now; the entry was made with `TWO=2`",
    ),
    "order": (lambda p: p.configure(PLAIN.replace('"ONE", "TWO=2"', '"TWO=2", "ONE"')), [], "defines", "in another order"),
    "include dir": (lambda p: None, ["-I", "src"], "include_dirs", "`src` was added to `include_dirs`"),
    "argument": (lambda p: None, ["--backend-arg=-DX"], "backend_args", "`-DX` was added to `backend_args`"),
    "scope": (lambda p: None, ["--scope", "all"], "scope", "the scope is `all`; the entry is for `library`"),
    "target": (lambda p: None, ["--target", FOREIGN], "target", "the target is `{}`; the entry is for `{}`".format(FOREIGN, NATIVE)),
    "option": (
        lambda p: None,
        ["--writer-opt", "cffi:extra_cdef=int x;"],
        "option",
        "the writer's option `extra_cdef` is `",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_differs_is_said_and_the_remedy_helps(made, name):
    change, arguments, what, says = CHANGES[name]
    project = made()
    change(project)
    answer = explain(project, "include/plain.h", "-w", "cffi", *arguments)
    assert answer["answer"] == "missing"
    (difference,) = answer["nearest"]["differences"]
    assert difference["what"] == what and says in difference["text"]
    text = project.cli("store", "explain", "include/plain.h", "-w", "cffi", *arguments).out
    assert says in text and "hint: `headerkit-backend " in text
    if name != "removed include":
        words = shlex.split(answer["remedy"])[1:]
        project.cli(*words, libclang=True)
        assert explain(project, "include/plain.h", "-w", "cffi", *arguments)["answer"] == "served"


def reseal(metadata, **changes):
    """Changes an entry and seals it anew, as somebody could who means harm."""
    described = json.loads(metadata.read_text())
    described.pop("sha256")
    described.update(changes)
    text = json.dumps(described, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    described["sha256"] = hashlib.sha256(text.encode()).hexdigest()
    metadata.write_text(json.dumps(described, sort_keys=True, indent=2) + "\n")


def test_damage_and_nothing_at_all(made):
    project = made()
    (output,) = project.root.glob(".headerkit/output/cffi/*/output.*")
    output.write_text("int nonsense;\n")
    (difference,) = explain(project)["nearest"]["differences"]
    assert difference["what"] == "damage"
    assert explain(project)["ir"].startswith("ir/libclang.plain.")
    shutil.rmtree(project.root / ".headerkit/output")
    text = project.cli("store", "explain").out
    assert "nothing that is alike" in text and "written without libclang" in text
    shutil.rmtree(project.root / ".headerkit")
    text = project.cli("store", "explain").out
    assert "nothing that is alike" in text and "hint: `headerkit-backend generate` stores it" in text
    assert_clear(project.cli("store", "explain", "include/absent.h", check=False), "include/absent.h")


# Verifying


def reparsed(project, code=0, **options):
    result = project.cli("store", "verify", "--reparse", "--json", check=False, libclang=True, **options)
    assert result.code == code, str(result)
    return {row["layer"] + "/" + row["entry"]: row for row in json.loads(result.out)["reparsed"]}


def test_what_was_made_here_is_the_same(made):
    project = made(PLAIN + 'ctypes = "src/demo/_{stem}.py"\njson = "src/demo/{stem}.json"\n')
    project.populate("--target", FOREIGN)
    before = project.snapshot()
    found = reparsed(project)
    assert len(found) == 10 and {row["result"] for row in found.values()} == {"same"}
    assert project.snapshot() == before
    text = project.cli("store", "verify", "--reparse", libclang=True).out
    assert "10 entries: 10 same\n" in text and "is sound: 10 entries" in text


def test_a_forged_entry_is_found(made):
    """It is sealed and has the right digest; only making it again tells."""
    project = made()
    (metadata,) = project.root.glob(".headerkit/output/cffi/*/metadata.json")
    output = metadata.with_name(json.loads(metadata.read_text())["artifact"]["file"])
    forged = output.read_text().replace("int plain(", "int evil(")
    output.write_text(forged)
    artifact = {"file": output.name, "sha256": hashlib.sha256(forged.encode()).hexdigest(), "size": len(forged)}
    reseal(metadata, artifact=artifact)
    assert project.cli("store", "verify").out.endswith("2 entries\n")
    (row,) = (row for row in reparsed(project, code=1).values() if row["result"] != "same")
    assert row["result"] == "different" and "int evil(" in row["reason"] and "int plain(" in row["reason"]
    assert_clear(project.cli("store", "verify", "--reparse", check=False, libclang=True), "1 entry of")


def test_a_forged_list_of_dependencies_is_found(made):
    """Such an entry would be served although what it was made from has changed."""
    project = made()
    (metadata,) = project.root.glob(".headerkit/ir/*/metadata.json")
    dependencies = json.loads(metadata.read_text())["dependencies"]
    reseal(metadata, dependencies=dict(dependencies, files=[]))
    (row,) = (row for row in reparsed(project, code=1).values() if row["result"] != "same")
    assert row["result"] == "different" and "`include/part.inc`" in row["reason"]


def test_what_cannot_be_made_here_is_no_failure(made):
    """What is stale, what nothing asks for, and what needs system headers that are not here."""
    project = made()
    project.populate("include/plain.h", "-w", "json", "-D", "OTHER")
    project.write("include/sys.h", "#include <stdint.h>\nint sys(uint8_t a);\n")
    project.configure(PLAIN + '[tool.headerkit.headers."include/sys.h"]\n')
    project.populate()
    for metadata in project.root.glob(".headerkit/*/**/metadata.json"):
        described = json.loads(metadata.read_text())
        if described["inputs"]["header"] == "include/sys.h" and "output" in described:
            reseal(metadata, sysroot={"zig": "0.1.0", "triple": "x86_64-linux-gnu"})
    project.write("include/part.inc", "typedef int part_t;\n")
    found = reparsed(project)
    reasons = {name: row["reason"] for name, row in found.items() if row["result"] == "not reparsed"}
    assert any("was edited" in reason for reason in reasons.values())
    assert any("other defines" in reason for reason in reasons.values())
    assert all(row["result"] in ("same", "not reparsed") for row in found.values())


def test_reparsing_needs_libclang_and_verifying_does_not(made):
    project = made()
    project.cli("store", "verify")
    assert_clear(project.cli("store", "verify", "--reparse", check=False), "no libclang", "install-libclang")
    (output,) = project.root.glob(".headerkit/output/cffi/*/output.*")
    output.write_text("int nonsense;\n")
    assert {row["result"] for row in reparsed(project, code=1).values()} == {"same", "corrupt"}


# Merging


def test_any_number_of_stores(made):
    project = made()
    targets = ["x86_64-linux-musl", FOREIGN, "aarch64-macos", "i686-linux-gnu", "x86_64-windows-msvc"]
    for target in targets:
        project.populate("--target", target, "--store-dir", "store-" + target)
    stores = ["store-" + target for target in targets]
    answer = json.loads(project.cli("store", "merge", *stores, "-o", "all", "--json").out)
    assert (answer["new"], answer["skipped"], answer["overwritten"], answer["errors"]) == (10, 0, 0, [])
    # One store copied over another, with the index of one of them, merges too.
    shutil.copytree(project.root / stores[0], project.root / "copied")
    shutil.copytree(project.root / stores[1], project.root / "copied", dirs_exist_ok=True)
    answer = json.loads(project.cli("store", "merge", "copied", "all", "-o", ".headerkit", "--json").out)
    assert (answer["new"], answer["skipped"]) == (10, 4)
    project.cli("store", "verify")
    project.cli("check", *(word for target in [NATIVE, *targets] for word in ("--target", target)))


def test_a_conflict_is_named_and_the_first_stays(made):
    """Two results for one key: nobody but a person, or a parser, can tell which is right."""
    project = made()
    shutil.copytree(project.root / ".headerkit", project.root / "other")
    (metadata,) = (project.root / "other").glob("output/cffi/*/metadata.json")
    output = metadata.with_name(json.loads(metadata.read_text())["artifact"]["file"])
    output.write_text("int other;\n")
    artifact = {"file": output.name, "sha256": hashlib.sha256(b"int other;\n").hexdigest(), "size": 11}
    reseal(metadata, artifact=artifact, libclang_version="3.1.4")
    before = project.snapshot()
    result = project.cli("store", "merge", "other", "-o", ".headerkit", check=False)
    assert_clear(result, "same key", "libclang 3.1.4 made this", "fill each target in one way")
    assert result.out.splitlines()[1:] == [
        "  New entries: 0", "  Skipped (duplicate): 1", "  Overwritten (conflict): 0", "  Left as they are (conflict): 1",
    ]
    answer = json.loads(project.cli("store", "merge", "other", "-o", ".headerkit", "--json", check=False).out)
    assert (answer["overwritten"], answer["conflicts"], len(answer["errors"])) == (0, 1, 1)
    assert project.snapshot() == before


def test_links_and_tricks_are_refused(made, tmp_path):
    project = made()
    outside = tmp_path / "outside"
    shutil.copytree(project.root / ".headerkit", outside)
    for name in ("entry", "layer", "writers"):
        shutil.copytree(project.root / ".headerkit", project.root / name)
    (slug,) = (path.parent.name for path in outside.glob("ir/*/metadata.json"))
    for link, target in (("entry/ir/" + slug, "ir/" + slug), ("layer/ir", "ir"), ("writers/output", "output")):
        shutil.rmtree(project.root / link)
        (project.root / link).symlink_to(outside / target)
    for name, new in (("entry", 1), ("layer", 1), ("writers", 1)):
        result = project.cli("store", "merge", name, "-o", "to-" + name, "--json", check=False)
        answer = json.loads(result.out)
        assert result.code == 1 and answer["new"] == new, str(result)
        assert len(answer["errors"]) == 1 and "symbolic link" in answer["errors"][0]
    # Names in the metadata that lead elsewhere.
    (metadata,) = outside.glob("output/cffi/*/metadata.json")
    described = json.loads(metadata.read_text())
    (tmp_path / "secret").write_text("secret")
    for file in ("../../../../secret", str(tmp_path / "secret"), "output.txt/../../secret"):
        reseal(metadata, artifact=dict(described["artifact"], file=file))
        result = project.cli("store", "merge", outside, "-o", "to-trick", check=False)
        assert_clear(result, "names another file")
    assert not [path for path in (project.root / "to-trick").rglob("*") if path.is_file() and "secret" in path.read_text()]


def test_what_is_no_store(made):
    project = made()
    project.write("artifact/.headerkit/x", "")
    result = project.cli("store", "merge", "artifact", "-o", "merged", check=False)
    assert_clear(result, "is no store", "did you mean `artifact/.headerkit`?")
    assert_clear(project.cli("store", "merge", "src", "-o", "merged", check=False), "is no store")
    (project.root / "empty").mkdir()
    # A job that had nothing to store hands out nothing: that fails no workflow, but is said.
    done = project.cli("store", "merge", "empty", "-o", "merged")
    assert done.err == "warning: `empty` holds no entry: nothing was merged from it\n"
    (project.root / "absent").mkdir()
    (project.root / "absent" / "ir").mkdir()
    done = project.cli("store", "merge", ".headerkit", "absent", "-o", "merged")
    assert "`absent` holds no entry" in done.err and "`.headerkit`" not in done.err and "New entries: 2" in done.out


def test_verify_says_what_repairs_what_it_finds(made):
    project = made()
    store = project.root / ".headerkit"
    (store / "ir" / "index.json").write_text("{}")
    (store / "ir" / ".tmp-killed").mkdir()
    result = project.cli("store", "verify", check=False)
    assert_clear(result, "2 problems", "cache rebuild-index", "remove what is left over")
    assert "to repair entries" not in result.err
    project.cli("cache", "rebuild-index")
    (store / "ir" / ".tmp-killed").rmdir()
    project.cli("store", "verify")


SYSTEM = """\
[tool.headerkit.headers."/usr/local/include/hklib.h"]
[tool.headerkit.output]
cffi = "src/demo/{stem}.cdef.txt"
"""


def test_a_library_in_a_directory_of_all_libraries_is_watched(project, tmp_path):
    """Of `/usr/include/uv.h`, `uv/version.h` is bound as well, and so it counts; nothing else there does."""
    include = tmp_path / "include"
    (include / "hklib").mkdir(parents=True)
    (include / "hklib.h").write_text('#include "hklib/version.h"\n#include <hkother.h>\nother hklib_run(void);\n')
    version, other = include / "hklib/version.h", include / "hkother.h"
    version.write_text("#define HKLIB_MINOR 1\n")
    other.write_text("typedef int other;\n")
    made = project("flit_core", headerkit=SYSTEM)

    def here(*arguments, libclang=False, **options):
        mounted = ["unshare", "--mount", "--map-root-user", "sh", "-ec", 'mount --bind "$0" /usr/local/include; exec "$@"']
        command = [*mounted, include, made.tools.binary, *arguments]
        return run(*command, cwd=made.root, env=made.tools.environment(libclang), **options)

    output = "src/demo/hklib.cdef.txt"
    here("generate", libclang=True)
    assert "#define HKLIB_MINOR 1\n" in made.read(output)
    assert here("check").code == 0
    # Who has no such library is served as before, and told what it was made from.
    wheel = made.build_wheel(tmp_path / "out").value
    (sbom,) = (json.loads(text) for name, text in members(wheel).items() if name.endswith(".cdx.json"))
    assert {"hklib.h", "hklib/version.h"} == {part["name"] for part in sbom["components"] if part["type"] == "file"}
    # Another system may have the part elsewhere.
    shutil.move(version, tmp_path / "version.h")
    told = here("generate")
    assert told.err.count("`/usr/local/include/hklib/version.h` is not on this machine") == 1, str(told)
    # What is not bound is not compared.
    shutil.move(tmp_path / "version.h", version)
    other.write_text("typedef int other; /* another release */\n")
    assert here("check").code == 0
    version.write_text("#define HKLIB_MINOR 2\n")
    stale = here("check", check=False)
    assert stale.code == 1 and "`/usr/local/include/hklib/version.h` was edited" in stale.text, str(stale)
    here("generate", libclang=True)
    assert "#define HKLIB_MINOR 2\n" in made.read(output)
    assert here("check").code == 0
