"""Headers of real libraries: every writer's output loads, and its layouts are those of the C compiler."""

import json
import subprocess
import sys
import sysconfig
from pathlib import Path
from textwrap import dedent

import pytest

from project import run

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "oracles"))

import cffi_oracle  # noqa: E402

PYTHON_H = Path(sysconfig.get_path("include")) / "Python.h"
MULTIARCH = sysconfig.get_config_var("MULTIARCH") or "x86_64-linux-gnu"

# Name: where the header may be, and how many records and functions it has at the least.
HEADERS = {
    "zlib": (["/usr/include/zlib.h"], 2, 70),
    "sqlite3": (["/usr/include/sqlite3.h"], 15, 200),
    "Python": ([str(PYTHON_H)], 60, 600),
    "stdio": (["/usr/include/stdio.h"], 1, 60),
    "pthread": (["/usr/include/pthread.h"], 5, 80),
    "curl": (["/usr/include/curl/curl.h", "/usr/include/{}/curl/curl.h".format(MULTIARCH)], 15, 60),
    "SDL": (["/usr/include/SDL2/SDL.h"], 60, 700),
}


@pytest.fixture(scope="module", params=sorted(HEADERS))
def generated(request, tmp_path_factory, tools):
    """The header, and the outputs of all three writers in one folder."""
    places, records, functions = HEADERS[request.param]
    found = [Path(place) for place in places if Path(place).is_file()]
    if not found:
        pytest.skip("{} is not installed: see HEADERS in tests/run".format(places[0]))
    folder = tmp_path_factory.mktemp(request.param)
    command = [tools.binary, found[0], "-I", found[0].parent, "--no-config"]
    outputs = ["-o", "json:out.json", "-o", "cffi:out.txt", "-o", "ctypes:out_ctypes.py"]
    run(*command, *outputs, cwd=folder, env=tools.environment(libclang=True))
    ir = json.loads((folder / "out.json").read_text())
    return found[0], folder, ir, records, functions


def test_the_header_is_understood(generated):
    header, _, ir, records, functions = generated
    kinds = [declaration["kind"] for declaration in ir["declarations"]]
    assert len(layouts(ir)) >= records
    assert kinds.count("function") >= functions
    assert "unnamed at" not in json.dumps(ir)


def test_layouts_equal_those_of_the_compiler(generated):
    header, folder, ir, _, _ = generated
    expected = compiled(header, folder, layouts(ir))
    recorded = {}
    for name, record in layouts(ir).items():
        recorded[name] = record["size"]
        for field, offset in plain_fields(record):
            recorded[name + "." + field] = offset
    assert recorded == expected


def test_ctypes_module_imports_and_agrees_with_the_compiler(generated):
    header, folder, ir, records, functions = generated
    expected = compiled(header, folder, layouts(ir))
    script = dedent(
        """\
        import ctypes, json, sys
        sys.path.insert(0, sys.argv[1])
        import out_ctypes as module
        found = {}
        for line in json.load(open(sys.argv[2])):
            name, _, field = line.partition(".")
            kind, _, tag = name.rpartition(" ")
            record = getattr(module, tag, None)
            if kind and not isinstance(record, type):
                record = getattr(module, kind + "_" + tag)
            if not field:
                found[line] = ctypes.sizeof(record)
            elif hasattr(getattr(record, field), "offset"):
                found[line] = getattr(record, field).offset
        json.dump(found, sys.stdout)
        """
    )
    found = ask(script, folder, expected)
    assert found == {name: expected[name] for name in found}
    assert {name for name in expected if "." not in name} <= set(found)
    # Only what ctypes cannot say has no offset of its own.
    assert len(found) >= 0.95 * len(expected)


def test_cffi_reads_the_cdef_and_agrees_with_the_compiler(generated):
    header, folder, ir, records, functions = generated
    # cffi has a `FILE` of its own, whose size it does not tell.
    expected = {name: told for name, told in compiled(header, folder, layouts(ir)).items() if name.partition(".")[0] != "struct _IO_FILE"}
    script = dedent(
        """\
        import json, sys
        from cffi import FFI
        ffi = FFI()
        ffi.cdef(open(sys.argv[1] + "/out.txt").read())
        found = {}
        for line in json.load(open(sys.argv[2])):
            name, _, field = line.partition(".")
            try:
                record = ffi.typeof(name)
                if not field:
                    found[line] = ffi.sizeof(record)
                elif field in dict(record.fields):
                    found[line] = ffi.offsetof(record, field)
            except (ffi.error, KeyError):
                pass
        json.dump(found, sys.stdout)
        """
    )
    found = ask(script, folder, expected)
    assert found == {name: expected[name] for name in found}
    assert len(found) >= 0.9 * len(expected)


# The libraries with the functions of a header.
CFFI_LIBRARIES = {
    "zlib": ["z"],
    "sqlite3": ["sqlite3"],
    "Python": [],
    "stdio": [],
    "pthread": [],
    "curl": ["curl"],
    "SDL": ["SDL2"],
}


@pytest.mark.parametrize("mode", ["abi", "api"])
def test_cdefs_are_true(generated, mode, request, tools):
    header, folder, ir, _, _ = generated
    name = request.node.callspec.params["generated"]
    cdef = folder / (mode + ".txt")
    if name == "Python" and mode == "api":
        pytest.skip("cffi's own C code sees only the limited API of Python.h")
    # Python.h, which comes first in what API mode compiles, asks for files of 64 bits.
    defines = ["_GNU_SOURCE", "_FILE_OFFSET_BITS=64", "SDL_MAIN_HANDLED"]
    command = [tools.binary, header, "-I", header.parent, "--no-config", "-o", "cffi:{}".format(cdef)]
    command += ["--writer-opt", "cffi:mode=" + mode]
    for define in defines:
        command += ["-D", define]
    run(*command, cwd=folder, env=tools.environment(libclang=True))
    check = {"abi": cffi_oracle.check_abi, "api": cffi_oracle.check_api}[mode]
    problems = check(header, cdef, [header.parent], CFFI_LIBRARIES[name], ["_FILE_OFFSET_BITS=64"])
    # Newer versions of gcc see another declaration there than clang does.
    assert [problem for problem in problems if "__sigsetjmp" not in problem] == []


def test_const_variables_that_cffi_cannot_copy_leave_the_module_whole(tmp_path, tools):
    """One of an incomplete type and one with a const member lose their own const: the compiler takes them and the rest."""
    header, cdef = tmp_path / "copied.h", tmp_path / "copied.txt"
    header.write_text(
        "struct hidden; extern const struct hidden first;\nstruct fixed { const int a; }; extern const struct fixed second;\n"
        "struct plain { int a; }; extern const struct plain third;\nextern const int usable;\n"
    )
    options = ["--writer-opt", "cffi:mode=api", "-o", "cffi:{}".format(cdef), "--no-config"]
    done = run(tools.binary, header, *options, cwd=tmp_path, env=tools.environment(libclang=True))
    assert "left out" not in done.err
    text = cdef.read_text()
    assert "extern struct hidden first;" in text and "extern struct fixed second;" in text and "extern const struct plain third;" in text and "usable" in text
    include, source = '#include "{}"\n'.format(header), tmp_path / "copied.c"
    code = "import cffi, sys; f = cffi.FFI(); f.cdef(open(sys.argv[1]).read()); f.set_source('copied', sys.argv[2]); f.emit_c_code(sys.argv[3])"
    run(sys.executable, "-c", code, cdef, include, source)
    run("cc", "-fsyntax-only", "-I", sysconfig.get_path("include"), source)


@pytest.mark.parametrize("mode", ["abi", "api"])
def test_what_a_cdef_cannot_say_is_told_and_the_rest_is_true(mode, tmp_path, tools):
    header = Path(__file__).parent / "headers" / "hard.h"
    cdef = tmp_path / "hard.txt"
    options = ["--writer-opt", "cffi:mode=" + mode, "-o", "cffi:{}".format(cdef), "--no-config", "-v"]
    done = run(tools.binary, header, *options, cwd=tmp_path, env=tools.environment(libclang=True))
    check = {"abi": cffi_oracle.check_abi, "api": cffi_oracle.check_api}[mode]
    assert check(header, cdef) == []
    text = cdef.read_text()
    told = done.err
    names = ["vp", "LINE", "BLOCK", "FN", "WNAME"]
    if mode == "abi":
        assert "#define K 3\n" in text and "renamed_impl" in text
        # Beyond a few they are counted.
        assert "left out 11 macros that are not integers" in told
        assert "left out 2 macros that are other names: `ALIAS` for `take_sm`, `VARALIAS` for `counter`" in told
        names += ["vadd", "wide", "addi", "NAME", "pk", "al", "sm"]
    else:
        assert "int addi(int a, int b);" in text and "static char *const NAME;" in text
        assert "static const double INFTY;" in text
        assert "void ALIAS(enum sm *p, enum big *q);" in text and "extern int VARALIAS;" in text, text
        names += ["PTR", "anon_var", "c"]
    assert [name for name in names if "`{}`".format(name) not in told] == []


def layouts(ir):
    """Complete records by the C name under which a program can ask for them."""
    found = {}
    for declaration in ir["declarations"]:
        if declaration["kind"] == "record" and "size" in declaration and declaration["name"] != "__va_list_tag":
            found["{} {}".format(declaration["record"], declaration["name"])] = declaration
        if declaration["kind"] == "typedef" and declaration["type"]["kind"] == "inline_record":
            definition = declaration["type"]["definition"]
            if "size" in definition and "align" not in declaration:
                found[declaration["name"]] = definition
    return found


def plain_fields(record):
    for field in record.get("fields", []):
        if "bit_width" not in field and "name" in field:
            yield field["name"], field["offset_bits"] // 8


def compiled(header, folder, records):
    """What a C program that includes the header prints for the same names."""
    answer = folder / "layouts.json"
    if answer.is_file():
        return json.loads(answer.read_text())
    lines = []
    for name, record in sorted(records.items()):
        lines.append('printf("%s=%zu\\n", "{0}", sizeof({0}));'.format(name))
        for field, _ in plain_fields(record):
            lines.append('printf("%s.%s=%zu\\n", "{0}", "{1}", offsetof({0}, {1}));'.format(name, field))
    source = folder / "layouts.c"
    text = '#include "{}"\n#include <stddef.h>\n#include <stdio.h>\nint main(void)\n{{\n{}\nreturn 0;\n}}\n'
    source.write_text(text.format(header, "\n".join(lines)))
    program = folder / "layouts"
    # SDL.h renames main.
    run("cc", "-w", "-std=gnu17", "-DSDL_MAIN_HANDLED", "-I", header.parent, "-o", program, source)
    printed = dict(line.split("=") for line in run(program).out.splitlines())
    result = {name: int(value) for name, value in printed.items()}
    answer.write_text(json.dumps(result))
    return result


def ask(script, folder, expected):
    """Runs a script in a fresh interpreter; it gets the folder and a file with the names."""
    names = folder / "names.json"
    names.write_text(json.dumps(sorted(expected)))
    done = subprocess.run([sys.executable, "-c", script, folder, names], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)
