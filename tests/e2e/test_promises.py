"""What builds and the store promise, one small project each."""

import json
import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from inners import BY_NAME
from project import (
    DEMO_H,
    EPOCH,
    HEADERKIT,
    IN_WHEEL,
    OUTPUTS,
    TYPES_H,
    Project,
    assert_clear,
    front_end,
    members,
    only,
    run,
    sdist_names,
    unpack,
)

NATIVE = "x86_64-linux-gnu"
FOREIGN = "aarch64-unknown-linux-gnu"
# No #include and no libc: parses the same for every target, and needs no header of the system.
PLAIN_H = "typedef struct { int a; long b; } plain_t;\nint plain(plain_t *p);\n"
ONE = """\
[tool.headerkit.headers."include/plain.h"]
[tool.headerkit.output]
cffi = "src/demo/{stem}.cdef.txt"
"""


@pytest.fixture
def plain(project):
    """A project with one self-contained header and one cffi output."""

    def make(headerkit=ONE, header=PLAIN_H, **options):
        made = project("flit_core", headerkit=headerkit, **options)
        made.write("include/plain.h", header)
        return made

    return make


def store_files(made, folder=".headerkit"):
    root = made.root / folder
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def hits(made, tmp_path, **options):
    """Builds a wheel with libclang hidden; that it works is the proof of the hit."""
    return made.build_wheel(tmp_path / "hit", **options)


# Configuration means the same everywhere


def test_outputs_are_written_before_packaging(project, tmp_path):
    """A build writes the configured outputs into the tree, where the inner backend finds them."""
    made = project("hatchling")
    tree = made.build_wheel(tmp_path / "out", libclang=True).tree
    assert all(tree.exists(name) for name in OUTPUTS)


@pytest.mark.parametrize(
    "headers",
    [
        '[tool.headerkit.headers."include/plain.h"]\n',
        '[[tool.headerkit.headers]]\npattern = "include/plain.h"\n',
        '[tool.headerkit.headers."include/*.h"]\n',
        '[[tool.headerkit.headers]]\npattern = "include/**/pl*.h"\n',
    ],
    ids=["table", "array", "table with a glob", "array with a glob"],
)
def test_both_forms_of_headers_serve_command_line_and_hooks(plain, headers, tmp_path):
    """Tables and arrays of headers, paths and globs: what the command line stores, the hooks hit."""
    made = plain(headers + '[tool.headerkit.output]\ncffi = "src/demo/{stem}.cdef.txt"\n')
    made.write("include/demo.h", "int demo;\n")
    made.populate()
    text = made.read("src/demo/plain.cdef.txt")
    assert "plain_t" in text
    assert hits(made, tmp_path).tree.read("src/demo/plain.cdef.txt") == text


def test_hooks_honour_writer_options_exclude_and_arguments(plain, tmp_path):
    """Writer tables, `exclude` and `backend_args` count in builds as well."""
    made = plain(
        """\
        [tool.headerkit]
        exclude = ["include/internal/**"]
        backend_args = ["-DFROM_ARGUMENT=7"]
        [tool.headerkit.headers."include/**/*.h"]
        [tool.headerkit.output]
        cffi = "src/demo/{stem}.cdef.txt"
        [tool.headerkit.writer.cffi]
        exclude_patterns = ["^hidden_"]
        extra_cdef = ['extern "Python" int upcall(int);']
        """,
        "int shown(int a[FROM_ARGUMENT]);\nint hidden_one(void);\n",
    )
    made.write("include/internal/secret.h", "int secret(void);\n")
    shutil.rmtree(made.root / "include/detail")
    made.write("include/demo.h", "int demo(void);\n")
    tree = made.build_wheel(tmp_path / "out", libclang=True).tree
    text = tree.read("src/demo/plain.cdef.txt")
    assert "shown" in text and "hidden_one" not in text and 'extern "Python" int upcall(int);' in text
    assert tree.exists("src/demo/demo.cdef.txt") and not tree.exists("src/demo/secret.cdef.txt")


def test_store_dir_key(plain, tmp_path):
    """`store_dir` moves the store for builds too."""
    made = plain('[tool.headerkit]\nstore_dir = "bindings-store"\n' + ONE)
    made.populate()
    assert not made.exists(".headerkit") and made.exists("bindings-store/output/cffi")
    hits(made, tmp_path)


def test_store_dir_variable(plain, tmp_path):
    """HEADERKIT_STORE_DIR moves the store for builds too."""
    made = plain()
    elsewhere = str(tmp_path / "store")
    made.populate(HEADERKIT_STORE_DIR=elsewhere)
    assert not made.exists(".headerkit")
    assert_clear(hits(made, tmp_path, check=False), "LibclangUnavailableError")
    hits(made, tmp_path, env={"HEADERKIT_STORE_DIR": elsewhere})


def test_store_dir_from_a_variable_in_the_file(plain, tmp_path):
    """`store_dir = "${...}"` is expanded for builds."""
    made = plain('[tool.headerkit]\nstore_dir = "${DEMO_STORE}"\n' + ONE)
    place = {"DEMO_STORE": str(tmp_path / "store")}
    made.populate(**place)
    assert (tmp_path / "store/ir").is_dir()
    hits(made, tmp_path, env=place)


def test_variables_in_include_dirs(plain, tmp_path):
    """`${VAR}` in include_dirs is expanded for builds, and what it expands to is in no key."""
    library = tmp_path / "library-1" / "include"
    library.mkdir(parents=True)
    (library / "lib.h").write_text("typedef int lib_t;\n")
    made = plain(
        '[tool.headerkit]\ninclude_dirs = ["${LIB_INCLUDE}"]\n' + ONE, '#include "lib.h"\nlib_t use(lib_t x);\n'
    )
    made.populate(LIB_INCLUDE=str(library))
    moved = tmp_path / "library-2"
    shutil.move(tmp_path / "library-1", moved)
    hits(made, tmp_path, env={"LIB_INCLUDE": str(moved / "include")})
    for name, content in store_files(made).items():
        assert str(tmp_path).encode() not in content, name


@pytest.mark.parametrize("how", ["key", "variable", "setting"])
def test_target_of_a_build(plain, how, tmp_path):
    """The target can be set by key, environment and config setting; the wheel is tagged for it."""
    made = plain(('[tool.headerkit]\ntarget = "{}"\n'.format(FOREIGN) if how == "key" else "") + ONE)
    result = made.build_wheel(
        tmp_path / "out",
        {"target": FOREIGN} if how == "setting" else None,
        libclang=True,
        env={"HEADERKIT_TARGET": FOREIGN} if how == "variable" else {},
    )
    (slug,) = result.tree.entries("ir")
    assert "aarch64-linux" in slug
    assert only(tmp_path / "out", "*.whl").name.endswith("manylinux_2_17_aarch64.manylinux2014_aarch64.whl")


BYPASS = [("no-cache", "no_cache"), ("no-ir-cache", "no_ir_cache"), ("no-output-cache", "no_output_cache")]


@pytest.mark.parametrize("how", ["setting", "variable", "key"])
@pytest.mark.parametrize("setting, key", BYPASS, ids=[row[0] for row in BYPASS])
def test_bypass_switches(plain, setting, key, how, tmp_path):
    """`no-cache` needs libclang; `no-ir-cache` lives on a stored output; `no-output-cache` writes from stored IR."""
    made = plain()
    made.populate()
    before = store_files(made)
    if how == "key":
        made.write("pyproject.toml", made.read("pyproject.toml") + "[tool.headerkit.cache]\n{} = true\n".format(key))
    result = hits(
        made,
        tmp_path,
        settings={setting: "true"} if how == "setting" else None,
        env={"HEADERKIT_" + key.upper(): "1"} if how == "variable" else {},
        check=False,
    )
    if key == "no_cache":
        assert_clear(result, "LibclangUnavailableError")
    else:
        assert result.code == 0, str(result)
    assert store_files(made) == before


def test_writers_default_to_those_with_an_output(plain):
    """`writers` unset: the writers that `[tool.headerkit.output]` names."""
    made = plain()
    made.populate()
    assert os.listdir(made.root / ".headerkit/output") == ["cffi"]


def test_writers_default_to_all_built_in(plain):
    """Neither `writers` nor outputs: every built-in writer, at its default place."""
    made = plain('[tool.headerkit.headers."include/plain.h"]\n')
    made.populate()
    for name in ("plain.cdef.txt", "plain_ctypes.py", "plain.json"):
        assert made.exists("include/" + name)


def test_headerkit_toml_serves_builds(plain, tmp_path):
    """`.headerkit.toml` beside pyproject.toml is the same configuration."""
    made = plain("")
    made.write(".headerkit.toml", ONE.replace("tool.headerkit.", ""))
    made.populate()
    hits(made, tmp_path)
    assert made.exists("src/demo/plain.cdef.txt")


def test_both_files_are_an_error(plain, tmp_path):
    """Two configurations of one project are refused."""
    made = plain()
    made.write(".headerkit.toml", 'writers = ["cffi"]\n')
    assert_clear(hits(made, tmp_path, check=False), "pyproject.toml", ".headerkit.toml")


def test_hyphens_are_underscores(plain, tmp_path):
    """Keys may be written with hyphens."""
    made = plain('[tool.headerkit]\nstore-dir = "kept"\ninclude-dirs = ["include"]\n' + ONE)
    made.populate()
    assert made.exists("kept/ir")
    hits(made, tmp_path)


# The inner backend


def test_inner_backend_from_requires(project, tmp_path):
    """The one known backend beside us in `requires` is the inner one."""
    made = project("flit_core")
    made.populate()
    wheel = made.build_wheel(tmp_path / "out").value
    assert b"Generator: flit" in members(wheel)["demo-1.0.0.dist-info/WHEEL"]


def test_inner_backend_setting(project, tmp_path):
    """`-C inner-backend=` wins over `requires`, and the inner backend never sees it."""
    made = project("hatchling")
    made.populate()
    wheel = made.build_wheel(tmp_path / "out", {"inner-backend": "flit_core.buildapi"}).value
    assert b"Generator: flit" in members(wheel)["demo-1.0.0.dist-info/WHEEL"]


@pytest.mark.parametrize("inner", ["scikit-build-core", "meson-python"])
@pytest.mark.parametrize("front", ["pip", "build", "uv"])
def test_our_settings_do_not_reach_strict_backends(project, front, inner, tmp_path):
    """Backends that refuse unknown settings build all the same."""
    made = project(inner)
    made.populate()
    made.git()
    settings = ["no-ir-cache=false", "headerkit.no-output-cache=false", "headerkit.target=" + NATIVE]
    front_end(front, "wheel", made, made.root, tmp_path / "out", settings=settings)
    only(tmp_path / "out", "*.whl")


def test_no_headers_is_the_inner_backend(project, tmp_path):
    """Without headers the inner backend's wheel is untouched, and one notice says that nothing is generated."""
    ours = project("hatchling", headerkit="")
    alone = project("hatchling", name="alone", ours=False)
    result = ours.build_wheel(tmp_path / "ours")
    assert result.err.count("no headers are configured") == 1
    theirs = alone.build_wheel(tmp_path / "theirs", module="hatchling.build").value
    assert result.value.name == theirs.name == "demo-1.0.0-py3-none-any.whl"
    assert result.value.read_bytes() == theirs.read_bytes()


# The store goes where the project goes


def test_hit_in_the_original_checkout(plain, tmp_path):
    """The simplest case: same tree, no libclang."""
    made = plain()
    made.populate()
    hits(made, tmp_path)


@pytest.mark.parametrize("store", ["inside", "by variable"])
def test_hit_in_an_archive_of_the_tree(plain, store, tmp_path):
    """`git archive`, no .git: the store is found beside pyproject.toml or where the variable says."""
    made = plain('[tool.headerkit]\ninclude_dirs = ["include"]\n' + ONE)
    made.populate()
    made.git()
    run("git", "archive", "-o", tmp_path / "tree.tar", "HEAD", cwd=made.root)
    tree = Project(tmp_path / "unpacked", made.tools, made.inner)
    with tarfile.open(tmp_path / "tree.tar") as archive:
        archive.extractall(tree.root)
    env = {}
    if store == "by variable":
        shutil.move(tree.root / ".headerkit", tmp_path / "moved")
        env["HEADERKIT_STORE_DIR"] = str(tmp_path / "moved")
    hits(tree, tmp_path, env=env)


@pytest.mark.parametrize("variable", ["CC", "CARGO_BUILD_TARGET", "CROSS_COMPILE"])
def test_hit_whatever_compiler_is_set(plain, variable, tmp_path):
    """The compiler's variables change no key."""
    made = plain()
    made.populate()
    value = {"CC": "x86_64-linux-gnu-gcc", "CARGO_BUILD_TARGET": FOREIGN, "CROSS_COMPILE": "aarch64-linux-gnu-"}
    hits(made, tmp_path, env={variable: value[variable]})


@pytest.mark.parametrize(
    "spelling", ["x86_64-unknown-linux-gnu", "x86_64-pc-linux-gnu", "x86_64-conda-linux-gnu", "linux/amd64"]
)
def test_hit_whatever_the_targets_spelling(plain, spelling, tmp_path):
    """One target, many names."""
    made = plain()
    made.populate("--target", spelling)
    hits(made, tmp_path)


def test_foreign_target_misses_and_says_what_is_there(plain, tmp_path):
    """A miss names the targets that the store has."""
    made = plain()
    made.populate("--target", FOREIGN)
    assert_clear(hits(made, tmp_path, check=False), "LibclangUnavailableError", "aarch64-linux-gnu", "plain.h")


def test_musl_and_gnu_live_side_by_side(plain, tmp_path):
    """The C library is part of target and slug."""
    made = plain()
    made.populate()
    made.populate("--target", "x86_64-linux-musl")
    assert len(made.entries("ir")) == len(made.entries("output/cffi")) == 2
    hits(made, tmp_path)
    hits(made, tmp_path, env={"HEADERKIT_TARGET": "x86_64-unknown-linux-musl"})


def test_package_in_a_monorepo(project, tools, tmp_path):
    """Store and configuration are the package's own, not the repository's."""
    made = project("flit_core", name="repository/packages/demo")
    repository = Project(tmp_path / "repository", tools, made.inner)
    repository.write("pyproject.toml", '[tool.headerkit]\ntarget = "riscv64-unknown-linux-gnu"\n')
    run("git", "init", "-q", repository.root)
    made.populate()
    assert made.exists(".headerkit/ir") and not repository.exists(".headerkit")
    assert "riscv64" not in made.entries("ir")[0]
    hits(made, tmp_path)


def test_header_outside_the_project(plain, tmp_path):
    """A configured header beyond the project is served from the store where it does not exist."""
    outside = tmp_path / "vendor"
    outside.mkdir()
    (outside / "plain.h").write_text(PLAIN_H)
    made = plain(ONE.replace("include/plain.h", "../vendor/plain.h"))
    made.populate()
    text = made.read("src/demo/plain.cdef.txt")
    clone = hits(made.copy(tmp_path / "far" / "away"), tmp_path).tree
    assert clone.read("src/demo/plain.cdef.txt") == text
    note = clone.cli("generate").err
    assert "note" in note and "../vendor/plain.h" in note


# The store knows what was read


def test_edited_include_is_a_miss(project, tmp_path):
    """A change in an included header is seen, and named."""
    made = project("flit_core")
    made.populate()
    made.write("include/detail/types.h", TYPES_H.replace("double", "float"))
    assert_clear(hits(made, tmp_path, check=False), "LibclangUnavailableError", "include/detail/types.h")
    made.populate()
    assert "float" in made.read("src/demo/demo.cdef.txt")


def test_edited_header_is_a_miss(plain, tmp_path):
    """A change in the header itself is seen; its entry gets a readable name of its own."""
    made = plain()
    made.populate()
    made.write("include/plain.h", PLAIN_H + "int more(void);\n")
    assert_clear(hits(made, tmp_path, check=False), "LibclangUnavailableError", "include/plain.h")
    made.populate()
    assert len(made.entries("ir")) == 2
    hits(made, tmp_path)
    assert "more" in made.read("src/demo/plain.cdef.txt")


def test_edited_header_is_seen_on_standard_output_too(plain):
    """`headerkit-backend HEADER -w cffi` prints what the header says now."""
    made = plain("")
    command = ["include/plain.h", "-w", "cffi"]
    first = made.cli(*command, libclang=True).out
    made.write("include/plain.h", PLAIN_H + "int more(void);\n")
    assert "more" in made.cli(*command, libclang=True).out and "more" not in first


def test_new_header_that_shadows_is_a_miss(project, tmp_path):
    """A file that appears earlier on the include path changes the result without changing any file."""
    made = project("flit_core", headerkit=HEADERKIT.replace('["include"]', '["overrides", "include"]'))
    made.write("include/demo.h", '#include <common.h>\nint demo(common_t c);\n')
    made.write("include/common.h", "typedef int common_t;\n")
    made.write("overrides/readme", "")
    made.populate()
    hits(made, tmp_path)
    made.write("overrides/common.h", "typedef long common_t;\n")
    assert_clear(hits(made, tmp_path, check=False), "LibclangUnavailableError", "overrides/common.h")


def test_removed_include_is_a_miss(project, tmp_path):
    """Libclang is not there to complain, so the store must."""
    made = project("flit_core")
    made.populate()
    (made.root / "include/detail/types.h").unlink()
    assert_clear(hits(made, tmp_path, check=False), "LibclangUnavailableError", "include/detail/types.h")


def test_include_dirs_keep_their_order(plain):
    """The first directory wins, whatever its name."""
    made = plain('[tool.headerkit]\ninclude_dirs = ["z", "a"]\n' + ONE, "#include <conf.h>\n")
    made.write("z/conf.h", "int from_z(void);\n")
    made.write("a/conf.h", "int from_a(void);\n")
    made.populate()
    assert "from_z" in made.read("src/demo/plain.cdef.txt")
    made.configure('[tool.headerkit]\ninclude_dirs = ["a", "z"]\n' + ONE)
    made.populate()
    assert "from_a" in made.read("src/demo/plain.cdef.txt")


def test_arguments_keep_their_order(plain):
    """Arguments that belong together stay together."""
    made = plain(
        '[tool.headerkit]\nbackend_args = ["-std=c11", "-include", "include/before.h"]\n' + ONE,
        "before_t use(before_t x);\n",
    )
    made.write("include/before.h", "typedef int before_t;\n")
    made.populate()
    assert "before_t use" in made.read("src/demo/plain.cdef.txt")


def test_per_header_defines_add_to_the_global_ones(plain):
    """Global first, then the header's own."""
    made = plain(
        """\
        [tool.headerkit]
        defines = ["SHARED"]
        [tool.headerkit.headers."include/plain.h"]
        defines = ["OWN=2"]
        [tool.headerkit.output]
        cffi = "src/demo/{stem}.cdef.txt"
        """,
        "#if defined SHARED && OWN == 2\nint both(void);\n#endif\n",
    )
    made.populate()
    assert "both" in made.read("src/demo/plain.cdef.txt")


def test_build_and_command_line_write_one_store(project, tmp_path):
    """Whoever populates first: same keys, same bytes."""
    by_hand, by_hook = project("flit_core", name="hand"), project("flit_core", name="hook")
    by_hand.populate()
    by_hook = by_hook.build_wheel(tmp_path / "out", libclang=True).tree
    assert store_files(by_hand) == store_files(by_hook)
    for name in OUTPUTS:
        assert by_hand.read(name) == by_hook.read(name)


def test_printing_fills_the_store_for_builds(plain, tmp_path):
    """A header printed on standard output is stored like any other."""
    made = plain('[tool.headerkit]\nwriters = ["cffi"]\n[tool.headerkit.headers."include/plain.h"]\n')
    made.cli("include/plain.h", "-w", "cffi", libclang=True)
    made.cli("generate")
    assert "plain_t" in made.read("include/plain.cdef.txt")


# The store is never wrong


def corrupt(made, layer, file, how):
    (slug,) = made.entries(layer)
    path = made.root / ".headerkit" / layer / slug / file
    content = path.read_bytes()
    if how == "deleted":
        path.unlink()
    elif how == "link":
        target = made.root.parent / "secret"
        target.write_bytes(content)
        path.unlink()
        path.symlink_to(target)
    else:
        path.write_bytes(
            {
                "truncated": content[: len(content) // 2],
                "empty": b"",
                "edited": content.replace(b"plain", b"PLAIN"),
                "other shape": b"[3]",
                "binary": bytes(range(256)),
                "line ends": content.replace(b"\n", b"\r\n"),
            }[how]
        )
    return path, content


DAMAGE = ["truncated", "empty", "edited", "other shape", "binary", "deleted", "link"]


@pytest.mark.parametrize("how", DAMAGE)
@pytest.mark.parametrize("file", ["output.py", "metadata.json"])
def test_damaged_output_is_noticed_and_repaired(plain, file, how, tmp_path):
    """Without libclang the output comes from stored IR; the damage is told and undone."""
    made = plain(ONE.replace("cffi = ", "ctypes = ").replace(".cdef.txt", ".py"))
    made.populate()
    good = made.read("src/demo/plain.py")
    path, content = corrupt(made, "output/ctypes", file, how)
    result = hits(made.warm, tmp_path)
    assert "warning" in result.err.lower(), str(result)
    assert made.read("src/demo/plain.py") == good
    assert not path.is_symlink() and path.read_bytes() == content


@pytest.mark.parametrize("how", DAMAGE)
@pytest.mark.parametrize("file", ["ir.json", "metadata.json"])
def test_damaged_ir_does_not_matter_to_an_output_hit(plain, file, how, tmp_path):
    """An output hit reads no IR; a parse repairs it."""
    made = plain()
    made.populate()
    path, content = corrupt(made, "ir", file, how)
    hits(made, tmp_path)
    made.cli("generate", "--no-output-cache", libclang=True)
    assert not path.is_symlink() and path.read_bytes() == content


def test_damaged_ir_is_not_used(plain, tmp_path):
    """Damaged IR and no output: an error, not a guess."""
    made = plain()
    made.populate()
    corrupt(made, "ir", "ir.json", "edited")
    shutil.rmtree(made.root / ".headerkit/output")
    assert_clear(hits(made, tmp_path, check=False), "LibclangUnavailableError", "plain.h")


def test_git_line_ends_are_no_damage(plain, tmp_path):
    """A checkout with CRLF conversion still hits, and the output has the line ends of the original."""
    made = plain()
    made.populate()
    good = made.read("src/demo/plain.cdef.txt")
    for layer, file in (("ir", "metadata.json"), ("output/cffi", "metadata.json"), ("output/cffi", "output.py")):
        (slug,) = made.entries(layer)
        folder = made.root / ".headerkit" / layer / slug
        corrupt(made, layer, file if (folder / file).exists() else only(folder, "output.*").name, "line ends")
    hits(made, tmp_path)
    assert made.read("src/demo/plain.cdef.txt") == good


def test_git_line_ends_of_headers_are_no_change(plain, tmp_path):
    """Nor of what they include, and of the outputs: a checkout on Windows hits, and changes nothing in the store."""
    made = plain(header='#include "part.h"\n' + PLAIN_H)
    made.write("include/part.h", "typedef long part_t;\n")
    made.populate()
    before = store_files(made)
    for name in ("include/plain.h", "include/part.h", "src/demo/plain.cdef.txt"):
        path = made.root / name
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    made.cli("check")
    hits(made, tmp_path)
    made.cli("generate", "--no-cache", libclang=True)
    made.cli("generate", libclang=True)
    assert store_files(made) == before
    made.write("include/part.h", "typedef long part_t;\r\nint another(void);\r\n")
    assert_clear(made.cli("check", check=False), "include/part.h")


@pytest.mark.parametrize("index", [None, "", "{", "[]", '{"version": 99, "entries": []}', "<<<<<<< HEAD\n{}\n=======\n"])
def test_index_does_not_matter(plain, index, tmp_path):
    """Missing, merged or foreign index files are healed."""
    made = plain()
    made.populate()
    good = store_files(made)
    for path in list(made.root.glob(".headerkit/**/index.json")):
        if index is None:
            path.unlink()
        else:
            path.write_text(index)
    hits(made, tmp_path)
    made.cli("cache", "rebuild-index")
    assert store_files(made) == good


def test_many_processes_fill_one_store(project, tools, tmp_path):
    """Sixteen builds at once, headers of one name in different directories: nothing is lost or mixed up."""
    made = project("flit_core", headerkit='[tool.headerkit]\nwriters = ["cffi", "json"]\n')
    for number in range(16):
        made.write("p{}/same.h".format(number), "int number_{}(void);\n".format(number))
    env = tools.environment(True)
    running = [
        subprocess.Popen(
            [tools.binary, "p{}/same.h".format(number), "-w", "cffi"],
            cwd=made.root,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for number in range(16)
    ]
    for number, process in enumerate(running):
        out, err = process.communicate()
        assert process.returncode == 0, err.decode()
        assert "number_{}".format(number) in out.decode()
    assert len(made.entries("ir")) == len(made.entries("output/cffi")) == 16
    assert not [path for path in made.root.rglob("*") if path.name.endswith(".tmp")]
    made.cli("store", "verify")
    for number in range(16):
        out = made.cli("p{}/same.h".format(number), "-w", "cffi").out
        assert re.findall(r"number_\d+", out) == ["number_{}".format(number)]


def test_killed_process_leaves_a_readable_store(project, tools, tmp_path):
    """Killing a run at any moment leaves a store that verifies."""
    made = project("flit_core", headerkit='[tool.headerkit]\nwriters = ["cffi", "ctypes", "json"]\n')
    for number in range(20):
        made.write("include/h{}.h".format(number), "int f{}(void);\n".format(number))
    for milliseconds in (5, 20, 40, 80, 120, 160):
        process = subprocess.Popen(
            [tools.binary, "generate", "include/h*.h"],
            cwd=made.root,
            env=tools.environment(True),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            process.wait(milliseconds / 1000)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if made.exists(".headerkit"):
            found = json.loads(made.cli("store", "verify", "--json", check=False).out)["problems"]
            # What is left over is found and named, but no entry is damaged.
            assert all("left over" in row["problem"] or row["entry"] == "index.json" for row in found), found
    made.cli("generate", "include/h*.h", libclang=True)
    made.cli("generate", "include/h*.h")
    made.cli("cache", "rebuild-index")
    found = json.loads(made.cli("store", "verify", "--json", check=False).out)["problems"]
    assert all("left over" in row["problem"] for row in found), found
    for number in range(20):
        assert made.cli("include/h{}.h".format(number), "-w", "cffi").out.count("f{}(".format(number)) == 1


# The store is the same every time


def test_regenerating_changes_nothing(plain):
    """Warm, and after clearing: `git diff --exit-code` is clean."""
    made = plain()
    made.populate(SOURCE_DATE_EPOCH=None)
    made.git()
    clean = ["git", "diff", "--exit-code"]
    made.populate(SOURCE_DATE_EPOCH=None)
    run(*clean, cwd=made.root)
    made.cli("cache", "clear")
    assert not made.entries("ir") and not made.entries("output/cffi")
    made.populate(SOURCE_DATE_EPOCH=None)
    run(*clean, cwd=made.root)
    assert run("git", "status", "--porcelain", cwd=made.root).out == ""


def test_nothing_of_the_machine_is_stored(project, tmp_path):
    """No absolute path, no user, no date: two directories and two users give equal stores."""
    first, second = project("flit_core", name="one"), project("flit_core", name="two/deeper")
    first.populate(SOURCE_DATE_EPOCH=None, USER="anna", LANG="C", TZ="UTC")
    second.populate(SOURCE_DATE_EPOCH=None, USER="bert", LANG="de_DE.UTF-8", TZ="Asia/Tokyo")
    assert store_files(first) == store_files(second)
    for name, content in store_files(first).items():
        assert b"/tmp" not in content and b"/usr" not in content and b"created" not in content, name


@pytest.mark.parametrize("flag, left", [("--ir", "output/cffi"), ("--output", "ir"), (None, None)])
def test_cache_clear(plain, flag, left):
    """By layer, or everything."""
    made = plain()
    made.populate()
    made.cli("cache", "clear", *([flag] if flag else []))
    assert [layer for layer in ("ir", "output/cffi") if made.entries(layer)] == ([left] if left else [])


def test_cache_status(plain):
    """Counts entries per layer."""
    made = plain()
    made.populate()
    layers = json.loads(made.cli("cache", "status", "--json").out)["layers"]
    assert {layer["layer"]: layer["entries"] for layer in layers} == {"ir": 1, "output/cffi": 1}


def test_check_for_continuous_integration(plain):
    """Clean, then stale, then missing; never with libclang."""
    made = plain()
    made.populate()
    made.cli("check")
    made.write("src/demo/plain.cdef.txt", made.read("src/demo/plain.cdef.txt") + "int old(void);\n")
    assert_clear(made.cli("check", check=False), "src/demo/plain.cdef.txt")
    made.cli("generate")
    made.write("include/plain.h", PLAIN_H + "int more(void);\n")
    assert_clear(made.cli("check", check=False), "include/plain.h")


def test_inspect(plain):
    """Configuration with origins, clang's arguments, the IR: data on standard output."""
    made = plain('[tool.headerkit]\ndefines = ["ONE=1"]\n' + ONE)
    made.populate()
    config = made.cli("inspect", "config").out
    assert "ONE=1" in config and "pyproject.toml" in config
    assert "-DONE=1" in made.cli("inspect", "args", libclang=True).out
    assert json.loads(made.cli("inspect", "ir").out)


# Merging


def test_merge_loses_nothing(plain, tmp_path):
    """Stores of several targets, and of different states of a header under one slug, become one."""
    made = plain()
    stores = []
    for number, (target, header) in enumerate(
        [(NATIVE, PLAIN_H), ("x86_64-linux-musl", PLAIN_H), (FOREIGN, PLAIN_H), (NATIVE, PLAIN_H + "int more(void);\n")]
    ):
        made.write("include/plain.h", header)
        stores.append("store{}".format(number))
        made.populate("--target", target, "--store-dir", stores[-1])
    made.cli("store", "merge", *stores, "-o", ".headerkit")
    assert len(made.entries("ir")) == len(made.entries("output/cffi")) == 4
    made.cli("store", "verify")
    again = made.cli("store", "merge", *stores, "-o", ".headerkit")
    assert re.search(r"New entries: +0\b", again.out) and len(made.entries("ir")) == 4
    assert "more" in hits(made, tmp_path).tree.read("src/demo/plain.cdef.txt")
    made.write("include/plain.h", PLAIN_H)
    assert "more" not in hits(made, tmp_path).tree.read("src/demo/plain.cdef.txt")


def test_copying_stores_over_each_other_merges_them(plain, tmp_path):
    """Entries of different targets never share a place, so plain copying works."""
    made = plain()
    made.populate("--store-dir", "one")
    made.populate("--store-dir", "two", "--target", FOREIGN)
    for name in ("one", "two"):
        shutil.copytree(made.root / name, made.root / ".headerkit", dirs_exist_ok=True)
    hits(made, tmp_path)
    hits(made, tmp_path, env={"HEADERKIT_TARGET": FOREIGN})


def test_merge_does_not_follow_links(plain, tmp_path):
    """An entry that links elsewhere is refused and reported; nothing of it arrives."""
    made = plain()
    made.populate("--store-dir", "one")
    made.populate("--store-dir", "two", "--target", FOREIGN)
    (slug,) = (path.parent.name for path in (made.root / "one/ir").glob("*/metadata.json"))
    secret = tmp_path / "secret"
    secret.write_text("secret")
    victim = made.root / "one/ir" / slug / "ir.json"
    victim.unlink()
    victim.symlink_to(secret)
    result = made.cli("store", "merge", "one", "two", "-o", "merged", check=False)
    assert result.code == 1 and slug in result.err
    merged = made.root / "merged"
    assert not any(path.is_symlink() for path in merged.rglob("*"))
    assert not any(path.read_bytes() == b"secret" for path in merged.rglob("*") if path.is_file())
    assert len(list((merged / "ir").glob("*/metadata.json"))) == 1


def test_merge_from_a_missing_store(plain):
    """An error that names it."""
    assert_clear(plain().cli("store", "merge", "absent", "-o", ".headerkit", check=False), "absent")


# Source distributions


def test_sdist_without_libclang_and_store_is_a_warning(plain, tmp_path):
    """The sdist is made, and a Python warning says what it lacks."""
    made = plain()
    result = made.build_sdist(tmp_path / "out")
    assert result.value.exists()
    assert "UserWarning" in result.err and "plain.h" in result.err
    assert "LibclangUnavailable" in result.err or "libclang" in result.err


def test_sdist_warning_is_seen_through_front_ends(plain, tmp_path):
    """`python -m build` shows it."""
    made = plain()
    command = [made.tools.python, "-m", "build", "--sdist", "--no-isolation", "--skip-dependency-check"]
    command += ["-o", tmp_path / "out", made.root]
    result = run(*command, env=made.tools.environment(False))
    assert "plain.h" in result.text and "libclang" in result.text


def test_sdist_carries_the_separate_configuration(plain, tmp_path):
    """`.headerkit.toml` goes along, and a build from the sdist uses it."""
    made = plain("")
    made.write(".headerkit.toml", ONE.replace("tool.headerkit.", ""))
    made.populate()
    sdist = made.build_sdist(tmp_path / "sdist").value
    assert {".headerkit.toml", "include/plain.h"} < set(sdist_names(sdist))
    unpacked = Project(unpack(sdist, tmp_path / "unpacked"), made.tools, made.inner)
    (unpacked.root / "src/demo/plain.cdef.txt").unlink(missing_ok=True)
    assert "demo/plain.cdef.txt" in members(hits(unpacked, tmp_path).value)


def test_sdist_carries_a_store_from_elsewhere(plain, tmp_path):
    """A store outside the project is packed as the project's own."""
    made = plain()
    place = {"HEADERKIT_STORE_DIR": str(tmp_path / "store")}
    made.populate(**place)
    sdist = made.build_sdist(tmp_path / "sdist", env=place).value
    unpacked = Project(unpack(sdist, tmp_path / "unpacked"), made.tools, made.inner)
    assert "demo/plain.cdef.txt" in members(hits(unpacked, tmp_path).value)


def test_sdist_serves_every_target_of_the_store(plain, tmp_path):
    """Who builds from it may be on another machine."""
    made = plain()
    made.populate()
    made.populate("--target", FOREIGN)
    sdist = made.build_sdist(tmp_path / "sdist").value
    unpacked = Project(unpack(sdist, tmp_path / "unpacked"), made.tools, made.inner)
    hits(unpacked, tmp_path)
    hits(unpacked, tmp_path, env={"HEADERKIT_TARGET": FOREIGN})


def test_sdist_has_plain_files_only(plain, tmp_path):
    """What we add is readable by everyone, owned by no one, has the given date, and comes once."""
    made = plain()
    os.chmod(made.root / "include/plain.h", 0o600)
    made.populate()
    with tarfile.open(made.warm.build_sdist(tmp_path / "sdist").value) as archive:
        entries = [entry for entry in archive if ".headerkit/" in entry.name or "/include/" in entry.name]
    assert entries and len({entry.name for entry in entries}) == len(entries)
    for entry in entries:
        assert entry.isfile() or entry.isdir(), entry.name
        assert not entry.isfile() or entry.mode == 0o644, entry.name
        assert (entry.uid, entry.gid, entry.uname, entry.gname) == (0, 0, "", ""), entry.name
        assert entry.mtime == int(EPOCH), entry.name


# Later releases


def test_store_of_an_earlier_release(tools, tmp_path):
    """A store that release 1.0 wrote is hit, or its IR is, without libclang.

    `stores/1.0` is never regenerated: that it still serves is what is tested."""
    made = Project(tmp_path / "project", tools, BY_NAME["flit_core"])
    shutil.copytree(Path(__file__).parent / "stores" / "1.0", made.root, dirs_exist_ok=True)
    result = hits(made, tmp_path, env={"HEADERKIT_TARGET": NATIVE})
    assert {"demo/plain.cdef.txt", "demo/plain.py", "demo/plain.json"} < set(members(result.value))
    assert "plain_t" in result.tree.read("src/demo/plain.cdef.txt")
    assert result.err.count("an earlier release stored") == 1 and "`headerkit-backend generate`" in result.err


def test_store_of_an_earlier_release_is_made_again(tools, tmp_path):
    """Where libclang is, `generate` reads again what an earlier release read; what it stored then is not needed."""
    made = Project(tmp_path / "project", tools, BY_NAME["flit_core"])
    shutil.copytree(Path(__file__).parent / "stores" / "1.0", made.root, dirs_exist_ok=True)
    old = made.entries("ir")
    said = made.populate("--target", NATIVE, "--verbose").err
    assert "miss: " in said and "comes from what" not in said
    assert len(made.entries("ir")) == 2 * len(old)
    result = hits(made, tmp_path, env={"HEADERKIT_TARGET": NATIVE})
    assert "earlier release" not in result.err
    pruned = made.cli("cache", "prune", "--dry-run").text
    assert "an earlier release stored it" in pruned and "remove {} entries".format(len(old) + 3) in pruned


# Wheels


def test_output_that_no_package_holds_is_told(plain, tmp_path):
    """An output beside the packages is not silently lost."""
    made = plain(ONE.replace("src/demo/{stem}.cdef.txt", "generated/{stem}.cdef.txt"))
    made.populate()
    result = hits(made, tmp_path)
    assert "generated/plain.cdef.txt" in result.err and "[tool.headerkit.output]" in result.err


def test_output_placed_explicitly(plain, tmp_path):
    """`[tool.headerkit.wheel] files` puts it where it is wanted."""
    text = ONE.replace("src/demo/{stem}.cdef.txt", "generated/{stem}.cdef.txt")
    made = plain(text + '[tool.headerkit.wheel]\nfiles = { "generated/plain.cdef.txt" = "demo/data/plain.txt" }\n')
    made.populate()
    result = hits(made, tmp_path)
    assert "demo/data/plain.txt" in members(result.value) and "warning" not in result.err.lower()


@pytest.mark.parametrize("tag, expected", [("auto", "manylinux"), ("platform", "manylinux"), ("inner", "any")])
def test_wheel_tag(plain, tag, expected, tmp_path):
    """One target alone proves nothing: the wheel is for that platform, unless told otherwise."""
    made = plain(ONE + '[tool.headerkit.wheel]\ntag = "{}"\n'.format(tag))
    made.populate()
    assert hits(made, tmp_path).value.name.split("-")[-1].startswith(expected)


def test_wheel_stays_universal_if_the_store_proves_it(plain, tmp_path):
    """Equal outputs for several systems: `any` is true."""
    made = plain(header="int same(int everywhere);\n")
    for target in (NATIVE, "aarch64-apple-darwin", "x86_64-pc-windows-msvc"):
        made.populate("--target", target)
    assert hits(made, tmp_path).value.name.endswith("-any.whl")


def test_unchanged_outputs_are_left_alone(plain, tmp_path):
    """Equal content keeps its time stamp, so that builds stay incremental."""
    made = plain()
    made.populate()
    path = made.root / "src/demo/plain.cdef.txt"
    os.utime(path, (1, 1))
    hits(made, tmp_path)
    assert path.stat().st_mtime == 1


# Headers as they are


def test_header_that_is_not_utf8(plain, tmp_path):
    """Comments in any encoding."""
    made = plain()
    made.write("include/plain.h", b"/* Gr\xfc\xdfe */\n" + PLAIN_H.encode())
    made.populate()
    hits(made, tmp_path)


def test_names_with_spaces_and_letters(project, tmp_path):
    """Directories and headers may be named as people name them."""
    made = project("flit_core", name="mein Projekt (é)", headerkit=ONE.replace("plain.h", "größe one.h"))
    made.write("include/größe one.h", PLAIN_H)
    made.populate()
    hits(made, tmp_path)
    assert made.exists("src/demo/größe one.cdef.txt")


def test_header_without_a_project(tools, tmp_path):
    """Any header of the system, from any directory."""
    here = Project(tmp_path / "empty", tools, None)
    (tmp_path / "lone.h").write_text(PLAIN_H)
    assert "plain_t" in here.cli(tmp_path / "lone.h", "-w", "cffi", libclang=True).out


def test_python_module_is_the_command(plain, tools):
    """`python -m headerkit_backend`, `python -m headerkit`, `headerkit`."""
    made = plain()
    expected = made.cli("--version").out
    assert expected
    env = tools.environment(False)
    for command in ([tools.python, "-m", "headerkit_backend"], [tools.python, "-m", "headerkit"], ["headerkit"]):
        assert run(*command, "--version", env=env).out == expected


def test_hook_by_hand(plain, tmp_path):
    """`hook build_wheel --project --out` does what a front end does."""
    made = plain()
    made.populate()
    out = tmp_path / "out"
    arguments = ["--project", made.fresh().root, "--out", out, "--python", made.tools.python]
    made.cli("hook", "build_wheel", *arguments, cwd=tmp_path)
    wheel = only(out, "*.whl")
    assert "demo/plain.cdef.txt" in members(wheel)
    result = made.cli("hook", "build_wheel", *arguments, "-C", "target=" + FOREIGN, cwd=tmp_path, check=False)
    assert_clear(result, "LibclangUnavailableError", NATIVE)


def test_hooks_leave_the_process_as_it_was(plain, tmp_path):
    """Tools that keep one interpreter for several hooks: nothing is left behind, and the second call works."""
    made = plain()
    made.populate()
    code = """\
import os, sys, headerkit_backend as b
before = os.getcwd(), dict(os.environ), list(sys.path), list(sys.argv)
out = sys.argv[1]
print(b.get_requires_for_build_wheel(), hasattr(b, "prepare_metadata_for_build_wheel"), file=sys.stderr)
first = b.build_wheel(out); b.build_sdist(out); second = b.build_wheel(out, {"no-ir-cache": True})
assert first == second
assert before == (os.getcwd(), dict(os.environ), list(sys.path), list(sys.argv))
"""
    (tmp_path / "out").mkdir()
    made.python(code, tmp_path / "out")


def test_nothing_is_left_in_temporary_directories(plain, tmp_path):
    """Control directories go when the hook ends, in success and in failure."""
    made = plain()
    made.populate()
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    hits(made, tmp_path, env={"TMPDIR": str(temporary)})
    hits(made, tmp_path, env={"TMPDIR": str(temporary)}, settings={"inner-backend": "absent"}, check=False)
    assert os.listdir(temporary) == []


def test_documented_project_builds_under_the_documented_names(project, tools, tmp_path):
    """The documented consumer project builds to the letter under the documented names."""
    made = project("hatchling")
    made.write("include/mylib.h", "#if VERSION == 2\n" + DEMO_H.replace('"detail/types.h"', '"types.h"') + "#endif\n")
    made.write("include/types.h", TYPES_H)
    made.write(
        "pyproject.toml",
        """\
[build-system]
requires = ["headerkit", "hatchling"]
build-backend = "headerkit.build_backend"

[project]
name = "demo"
version = "1.0.0"
requires-python = ">=3.9"

[tool.headerkit]
backend = "libclang"
writers = ["cffi"]

[tool.headerkit.headers."include/mylib.h"]
defines = ["VERSION=2"]
include_dirs = ["/usr/local/include"]
""",
    )
    command = ["headerkit", "include/mylib.h", "-w", "cffi", "-o", "cffi:bindings/mylib.cdef.txt"]
    run(*command, cwd=made.root, env=tools.environment(True))
    assert "demo_point" in made.read("bindings/mylib.cdef.txt")
    front_end("pip", "wheel", made, made.root, tmp_path / "out")
    only(tmp_path / "out", "*.whl")
