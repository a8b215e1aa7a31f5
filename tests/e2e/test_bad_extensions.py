"""What is wrong with an extension is told once, with the place in the configuration and what to do, and leaves nothing."""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from project import CALL_HOOK, assert_clear, run
from test_extensions import MODULE_C, TABLE, built, imported, native  # noqa: F401 (a fixture)

PLACE = "pyproject.toml:"
LIBRARY = TABLE.replace("*.c", "_native.c") + 'libraries = ["scale"]\nlibrary_dirs = ["lib"]\n'
ZIG = [sys.executable, "-m", "ziglang"]


def assert_nothing(made, tmp_path):
    assert not list((tmp_path / "dist").iterdir())
    trees = made.root.parent.glob(made.root.name + "*")
    left = [path for tree in trees for path in tree.rglob("*") if path.suffix in (".so", ".pyd", ".part")]
    assert not [path for path in left if path.parent.name != "lib"]


@pytest.mark.parametrize("compiler", ["system", "zig"])
def test_a_compilers_words_are_shown_as_they_are(compiler, native, tmp_path):  # noqa: F811
    made = native(table=TABLE + 'compiler = "{}"\n'.format(compiler))
    made.write("src/demo/scale.c", '#include "scale.h"\nlong scaled(long value) { return valu; }\n')
    result = built(made, tmp_path, check=False)
    assert_clear(result, PLACE, "`demo._native`: compiling `src/demo/scale.c` failed", "src/demo/scale.c:2:", "HEADERKIT_LOG=debug")
    assert "command was" not in result.err
    said = subprocess.run(["gcc", "-c", "-Inative", "src/demo/scale.c"], cwd=made.root, stderr=subprocess.PIPE, text=True).stderr
    if compiler == "system":
        assert said.strip() in result.err
    loud = built(made, tmp_path, check=False, HEADERKIT_LOG="debug")
    assert_clear(loud, PLACE, "the command was: ", "-Inative", "-c src/demo/scale.c")
    by_hand = made.cli("hook", "build_wheel", "--project", ".", "--out", tmp_path / "dist", "-v", check=False)
    assert "the command was: " in by_hand.err
    assert_nothing(made, tmp_path)


@pytest.mark.parametrize("compiler", ["system", "zig"])
def test_a_missing_library_is_named(compiler, native, tmp_path):  # noqa: F811
    made = native(table=TABLE + 'libraries = ["nowhere_at_all"]\ncompiler = "{}"\n'.format(compiler))
    result = built(made, tmp_path, check=False)
    # Zig's own words start as ours do.
    told = 2 if compiler == "zig" else 1
    assert_clear(result, PLACE, "linking failed", "nowhere_at_all", "`library_dirs`", "correct `libraries`", times=told)
    assert_nothing(made, tmp_path)


@pytest.mark.parametrize(
    "more, says",
    [
        ('include_dirs = ["native", "build/gen"]\ndefines = ["GENERATED"]\n', "made.h"),
        ('library_dirs = ["build/gen"]\nlibraries = ["made"]\n', "made"),
        ("", "build/gen/made.c"),
        ("", "build/gen/*.c"),
    ],
    ids=["header", "library", "source", "sources"],
)
def test_what_the_inner_backend_makes_comes_too_late(more, says, native, tmp_path):  # noqa: F811
    """Its build makes the file, but extensions are compiled before: the message says so, and the second build, in the
    tree where the first has left it, finds it."""
    made = native("setuptools")
    table = TABLE.replace('include_dirs = ["native"]\n', "") if "include_dirs" in more else TABLE
    if says.startswith("build/"):
        table = table.replace('"src/demo/*.c"', '"src/demo/*.c", "{}"'.format(says))
    made.configure(headerkit=table + more)
    made.write("native/scale.h", "#ifdef GENERATED\n#include \"made.h\"\n#endif\n" + made.read("native/scale.h"))
    made.write(
        "setup.py",
        "import os, subprocess\nfrom setuptools import setup\nos.makedirs('build/gen', exist_ok=True)\n"
        "for name, text in (('made.h', '#define MADE 1\\n'), ('made.c', 'int made;\\n')):\n"
        "    open('build/gen/' + name, 'w').write(text)\n"
        "subprocess.check_call('gcc -fPIC -c made.c && ar rcs libmade.a made.o', shell=True, cwd='build/gen')\n"
        "setup()\n",
    )
    result = built(made, tmp_path, check=False)
    assert_clear(result, PLACE, says, "extensions are compiled before it runs")
    assert_nothing(made, tmp_path)
    # Who makes it before has it.
    run(made.tools.python, "setup.py", "--quiet", "--name", cwd=made.root)
    assert built(made.warm, tmp_path).exists()


@pytest.mark.parametrize("compiler", ["system", "zig"])
@pytest.mark.parametrize("kind", ["static", "shared"])
def test_a_library_for_another_processor_is_told(kind, compiler, native, tmp_path):  # noqa: F811
    made = native(table=LIBRARY + 'compiler = "{}"\n'.format(compiler))
    (made.root / "lib").mkdir()
    target = ["-target", "aarch64-linux-gnu", "-Inative", "src/demo/scale.c"]
    environment = made.tools.environment(False)
    if kind == "shared":
        run(*ZIG, "cc", *target, "-shared", "-nostdlib", "-o", "lib/libscale.so", cwd=made.root, env=environment)
    else:
        run(*ZIG, "cc", *target, "-c", "-o", tmp_path / "scale.o", cwd=made.root, env=environment)
        run(*ZIG, "ar", "rcs", "lib/libscale.a", tmp_path / "scale.o", cwd=made.root, env=environment)
    result = built(made, tmp_path, check=False)
    assert_clear(result, PLACE, "linking failed", "scale", "library for another processor")
    (made.root / "lib").rename(tmp_path / "lib")
    assert_nothing(made, tmp_path)


@pytest.mark.parametrize(
    "table, words",
    [
        (TABLE.replace("*.c", "_native.c"), ["uses `scaled`", "`libraries`", "`sources`"]),
        (TABLE.replace("demo._native", "demo._other"), ["does not define `PyInit__other`"]),
        (TABLE.replace("demo._native", "elsewhere._native"), ["there is no package `elsewhere`", "make `elsewhere` part of"]),
        (TABLE + TABLE, ["two extensions called `demo._native`", "a name of its own"]),
        (TABLE + 'compiler = "system"\n', ["there is no C compiler", 'set `compiler = "zig"`']),
        (TABLE + 'pkg_config = ["no-such-package"]\n', ["no-such-package", "pkg"]),
        (TABLE + 'launcher = "no-launcher"\ncompiler = "system"\n', ["cannot run `no-launcher`", "No such file", "`launcher`"]),
        (TABLE + 'limited_api = "3.99"\n', ["`limited_api = \"3.99\"` is newer than Python 3.", "oldest version to support"]),
        (TABLE + 'language = "cobol"\n', ["there is no language `cobol`", '"zig"']),
    ],
)
def test_the_place_is_told(table, words, native, tmp_path):  # noqa: F811
    nothing = tmp_path / "empty"
    nothing.mkdir()
    made = native(table=table)
    hidden = {"PATH": str(nothing)} if "no C compiler" in words[0] else {}
    assert_clear(built(made, tmp_path, check=False, **hidden), PLACE, *words)
    assert_nothing(made, tmp_path)


def test_what_the_limited_api_hides_is_explained(native, tmp_path):  # noqa: F811
    made = native(table=TABLE + 'limited_api = "3.9"\n')
    made.write("src/demo/_native.c", MODULE_C.replace("PyLong_FromLong(scaled(value))", "PyTuple_GET_ITEM(self, 0)"))
    result = built(made, tmp_path, check=False)
    assert_clear(result, PLACE, "PyTuple_GET_ITEM", "`limited_api` hides", "set a later version")


def test_a_zig_that_is_too_old_or_none_is_told(native, tmp_path):  # noqa: F811
    made = native(table=TABLE + 'compiler = "zig"\n')
    old = tmp_path / "zig"
    old.write_text('#!/bin/sh\necho \'{"lib_dir": "/opt/zig/lib",\'\necho \'"version": "0.11.0"}\'\n')
    old.chmod(0o755)
    result = built(made, tmp_path, check=False, HEADERKIT_ZIG=str(old))
    assert_clear(result, PLACE, "zig 0.11.0 is too old", "install zig 0.12 or later", "HEADERKIT_ZIG")
    result = built(made, tmp_path, check=False, HEADERKIT_ZIG="/nonexistent/zig")
    assert_clear(result, PLACE, "`/nonexistent/zig` is no usable zig", "install zig 0.12 or later")
    assert_nothing(made, tmp_path)


# Stands still where it is told to, after it has written half a file.
SLOW = """\
#!/bin/sh
for last; do
    case "$last" in {}) for out; do :; done
        [ -e "{flag}" ] || exec gcc "$@"
        while [ $# -gt 1 ]; do [ "$1" = -o ] && printf half > "$2"; shift; done
        echo reached > "{flag}.reached"; sleep 60;;
    esac
done
exec gcc "$@"
"""


@pytest.mark.parametrize("hook", ["build_wheel", "build_editable"])
@pytest.mark.parametrize("step", ["src/demo/scale.c", "-shared"])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_build_leaves_no_half_module(how, step, hook, native, tmp_path, new_venv):  # noqa: F811
    made = native()
    flag, compiler, out = tmp_path / "flag", tmp_path / "slowcc", tmp_path / "dist"
    compiler.write_text(SLOW.format(step, flag=flag))
    compiler.chmod(0o755)
    flag.touch()
    out.mkdir()
    objects = {"HEADERKIT_BUILD_DIR": str(tmp_path / "objects"), "CC": str(compiler)}
    arguments = '{{"wheel_directory": "{}"}}'.format(out)
    command = [made.tools.python, "-c", CALL_HOOK, tmp_path / "answer", "headerkit_backend", hook, arguments]
    environment = made.tools.environment(False, **objects)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, cwd=made.root, env=environment, start_new_session=True, **quiet)
    reached = tmp_path / "flag.reached"
    for _ in range(600):
        if reached.exists() or process.poll() is not None:
            break
        time.sleep(0.05)
    assert reached.exists()
    os.killpg(process.pid, how)
    assert process.wait(timeout=30) != 0
    assert not list(out.iterdir()) and not [path for path in tmp_path.rglob("*.so") if path.is_file()]
    # The next build has everything right, and starts from what was finished.
    flag.unlink()
    wheel = built(made, tmp_path, CC=str(compiler))
    assert imported(wheel, new_venv, "import demo._native as m; print(m.scale(14))") == "42"
    shutil.rmtree(tmp_path / "objects")
    assert built(made, tmp_path, CC=str(compiler)).read_bytes() == built(made, tmp_path / "again", CC=str(compiler)).read_bytes()


@pytest.mark.skipif(sys.platform != "linux", reason="linkers of other systems tell it themselves")
def test_what_a_shared_library_lacks_is_told_before_the_import(native, tmp_path, new_venv):  # noqa: F811
    made = native(table=LIBRARY)
    (made.root / "lib").mkdir()

    def library(name, *sources):
        run("gcc", "-shared", "-fPIC", "-Wl,-soname,lib{}.so".format(name), "-Inative", "-o", "lib/lib{}.so".format(name), *sources, cwd=made.root)

    # The loader finds in the libraries of libraries what is needed, and libscale alone lacks it.
    made.write("lib/empty.c", "int scale_version = 0;\n")
    made.write("src/demo/_native.c", MODULE_C.replace("scaled(value)", "scaled(value) + scale_version").replace("static PyObject", "extern int scale_version;\nstatic PyObject", 1))
    library("inner", "src/demo/scale.c")
    library("scale", "lib/empty.c", "-Wl,--no-as-needed", "-Llib", "-linner")
    table = LIBRARY + 'ldflags = ["-Wl,-rpath,{}"]\n'.format(made.root / "lib")
    made.configure(headerkit=table)
    code = "import ctypes; ctypes.CDLL({!r}); import demo._native as m; print(m.scale(7))".format(str(made.root / "lib/libinner.so"))
    assert imported(built(made, tmp_path), new_venv, code) == "21"
    library("scale", "lib/empty.c")
    shutil.rmtree(tmp_path / "dist")
    assert_clear(built(made, tmp_path, check=False), PLACE, "uses `scaled` (in `scale`), which no library that it is linked with defines")
    # Where a library of a library cannot be found, nothing is known.
    library("scale", "lib/empty.c", "-Wl,--no-as-needed", "-Llib", "-linner")
    (made.root / "lib/libinner.so").unlink()
    built(made, tmp_path)
