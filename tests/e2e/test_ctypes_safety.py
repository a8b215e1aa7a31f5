"""The ctypes module gives C no memory that is too small, and says so where it finds no library."""

import os
import shutil
import subprocess
import sys
from textwrap import dedent

import pytest

from project import run

SYSTEM_H = """\
    #include <netinet/in.h>
    #include <stdio.h>
    #include <sys/stat.h>
    #include <sys/time.h>
    struct hidden;
    union secret;
    int gettimeofday(struct timeval *tv, void *tz);
    int stat(const char *path, struct stat *into);
    int bind_port(struct sockaddr_in *address);
    int fileno(FILE *file);
    FILE *fdopen(int fd, const char *mode);
    struct hidden *find(union secret *of);
"""


def generate(tools, folder, header, *options, writer="ctypes", output="bound.py"):
    command = [tools.binary, header, "--no-config", "--no-cache", "-o", "{}:{}".format(writer, output), *options]
    return run(*command, cwd=folder, env=tools.environment(libclang=True))


@pytest.fixture
def system(tools, tmp_path):
    (tmp_path / "system.h").write_text(dedent(SYSTEM_H))
    generate(tools, tmp_path, "system.h")
    return tmp_path


def python(folder, script, executable=sys.executable, **env):
    done = subprocess.run(
        [executable, "-W", "error", "-c", dedent(script)],
        cwd=folder,
        env=dict(os.environ, **env),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def pythons():
    """The interpreters at hand, this one first."""
    found = [shutil.which("python3.{}".format(minor)) for minor in range(9, 15) if minor != sys.version_info[1]]
    starts = [path for path in found if path and subprocess.run([path, "-c", ""], stderr=subprocess.DEVNULL).returncode == 0]
    return [sys.executable, *starts]


def test_structs_of_system_headers_are_as_large_as_in_c(system):
    """Something that only points to them is enough; the functions fill in what the module made."""
    script = """\
        import bound, ctypes, os, socket, time
        tv = bound.timeval()
        assert bound.gettimeofday(tv, None) == 0 and abs(tv.tv_sec - time.time()) < 5
        info = bound.struct_stat()
        assert bound.stat(b"system.h", info) == 0 and info.st_size == os.stat("system.h").st_size
        libc, size = ctypes.CDLL(None), ctypes.c_uint(ctypes.sizeof(bound.sockaddr_in))
        with socket.socket() as given:
            given.bind(("127.0.0.1", 0))
            address = bound.sockaddr_in()
            assert libc.getsockname(given.fileno(), ctypes.byref(address), ctypes.byref(size)) == 0
            assert socket.ntohs(address.sin_port) == given.getsockname()[1] and size.value == 16
        with open("system.h") as stream:
            assert bound.fileno(bound.fdopen(os.dup(stream.fileno()), b"r")) > 2
        print(bound.__verify__(), ctypes.sizeof(tv), ctypes.sizeof(info))
    """
    (system / "sizes.c").write_text('#include "system.h"\nint main(void) { printf("[] %zu %zu\\n", sizeof(struct timeval), sizeof(struct stat)); }\n')
    run("cc", "-o", "sizes", "sizes.c", cwd=system)
    assert python(system, script) == run(system / "sizes").out


def test_other_writers_have_them_too(tools, system):
    """cffi computes them or asks the compiler, and keeps its own FILE; Lua compares sizes and offsets by itself."""
    generate(tools, system, "system.h", writer="cffi", output="abi.txt")
    generate(tools, system, "system.h", "--writer-opt", "cffi:mode=api", writer="cffi", output="api.txt")
    script = """\
        import cffi, os, time
        abi = cffi.FFI()
        abi.cdef(open("abi.txt").read())
        tv = abi.new("struct timeval *")
        assert abi.dlopen(None).gettimeofday(tv, abi.NULL) == 0 and abs(tv.tv_sec - time.time()) < 5
        api = cffi.FFI()
        text = open("api.txt").read()
        assert "...;" in text[text.index("struct timeval {"):].partition("}")[0]
        api.cdef(text.replace("struct hidden *find(union secret *of);", "").replace("int bind_port(struct sockaddr_in *address);", ""))
        api.set_source("made", '#include "system.h"', include_dirs=["."])
        api.compile()
        import made
        info = made.ffi.new("struct stat *")
        assert made.lib.stat(b"system.h", info) == 0 and info.st_size == os.stat("system.h").st_size
        assert made.ffi.sizeof("struct sockaddr_in") == abi.sizeof("struct sockaddr_in") == 16
        with open("system.h", "rb") as stream:
            assert made.lib.fileno(stream) > 2
        print("fine")
    """
    assert python(system, script, tools.python).endswith("fine\n")
    if shutil.which("luajit"):
        generate(tools, system, "system.h", writer="lua", output="bound.lua")
        lua = 'local b = require("bound"); print(#b.__verify(), require("ffi").sizeof("struct timeval"))'
        assert run("luajit", "-e", lua, cwd=system).out == "0\t16\n"


@pytest.mark.parametrize("executable", pythons())
def test_incomplete_records_cannot_be_made(system, executable):
    """Where C says nothing of a record, no memory is given to it; pointers work, and who knows more may say it."""
    script = """\
        import bound, ctypes
        made = [bound.hidden, lambda: bound.hidden(1), lambda: bound.hidden * 2, lambda: 2 * bound.secret, bound.secret]
        for make in made:
            try:
                make()
            except TypeError as error:
                assert "the header does not say what is in it" in str(error), error
            else:
                raise SystemExit("made")
        pointer = ctypes.POINTER(bound.hidden)
        assert not pointer() and len((pointer * 2)()) == 2 and not ctypes.cast(None, pointer)
        memory = ctypes.create_string_buffer(8)
        there = bound.hidden.from_address(ctypes.addressof(memory))
        assert ctypes.addressof(ctypes.cast(memory, pointer).contents) == ctypes.addressof(there)
        bound.secret._fields_ = [("known", ctypes.c_int)]
        assert bound.secret(3).known == 3 and len((bound.secret * 2)()) == 2
        print(bound.__verify__())
    """
    assert python(system, script, executable) == "[]\n"


CALLBACKS_H = """\
    #include <stddef.h>
    typedef char XML_Char;
    typedef void (*data_handler)(void *user, const XML_Char *text, int len);
    typedef void (*sized_handler)(size_t size, const char *text);
    typedef void (*error_handler)(int error_code, const char *text, int line);
    void data(data_handler handler, void (*plain)(const char *, unsigned), sized_handler sized);
    void fail(error_handler handler);
"""

CALLBACKS_C = """\
    #include "callbacks.h"
    #include <string.h>
    #include <sys/mman.h>
    #include <unistd.h>
    void data(data_handler handler, void (*plain)(const char *, unsigned), sized_handler sized) {
        size_t page = sysconf(_SC_PAGESIZE);
        char *memory = mmap(0, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        char *text = memory + page - 3;
        mprotect(memory + page, page, PROT_NONE);
        memcpy(text, "abc", 3);
        handler(text, text, 3);
        plain(text, 3);
        sized(3, text);
    }
    void fail(error_handler handler) { handler(7, "bad", 9); }
"""


def test_texts_that_no_zero_ends_are_not_read_beyond_their_length(tools, tmp_path):
    """The memory behind them must not be touched: nothing is there."""
    (tmp_path / "callbacks.h").write_text(dedent(CALLBACKS_H))
    (tmp_path / "callbacks.c").write_text(dedent(CALLBACKS_C))
    run("cc", "-D_GNU_SOURCE", "-shared", "-fPIC", "-o", "libcallbacks.so", "callbacks.c", cwd=tmp_path)
    generate(tools, tmp_path, "callbacks.h", "--writer-opt", "ctypes:library=./libcallbacks.so")
    script = """\
        import bound, ctypes
        seen = []
        @bound.data_handler
        def handler(user, text, length):
            seen.append((ctypes.addressof(text.contents) == user, text[:length]))
        plain = bound.data.argtypes[1](lambda text, length: seen.append(ctypes.string_at(text, length)))
        sized = bound.sized_handler(lambda size, text: seen.append(text[:size]))
        bound.data(handler, plain, sized)
        bound.fail(bound.error_handler(lambda *all: seen.append(all)))
        print(seen)
    """
    assert python(tmp_path, script) == "[(True, b'abc'), b'abc', b'abc', (7, b'bad', 9)]\n"
    stub = (tmp_path / "bound.pyi").read_text()
    assert "data_handler = _hk_Function[[int | None, _ct._Pointer[_ct.c_char], int], None]" in stub
    assert "error_handler = _hk_Function[[int, bytes | None, int], None]" in stub


def test_types_tell_what_is_no_length(tools, tmp_path):
    """Parameters without names, as libfuse has them."""
    (tmp_path / "files.h").write_text(
        "#include <sys/types.h>\ntypedef mode_t perm_t;\nstruct operations {\n"
        "  int (*mkdir)(const char *, mode_t);\n  int (*mknod)(const char *, perm_t, dev_t);\n"
        "  int (*chown)(const char *, uid_t, gid_t);\n  int (*truncate)(const char *, off_t);\n"
        "  int (*write)(const char *, const char *, size_t, off_t);\n  int (*data)(const char *bytes, off_t len);\n"
        "  int (*access)(const char *, int);\n};\n"
    )
    generate(tools, tmp_path, "files.h")
    script = """\
        import bound
        for name, kind in bound.operations._fields_:
            print(name, *[argument.__name__ for argument in kind._argtypes_ if "c_char" in argument.__name__])
    """
    texts = ["{} c_char_p\n".format(name) for name in ("mkdir", "mknod", "chown", "truncate")]
    pointers = ["write c_char_p LP_c_char\n", "data LP_c_char\n", "access LP_c_char\n"]
    assert python(tmp_path, script) == "".join(texts + pointers)
    stub = (tmp_path / "bound.pyi").read_text()
    assert "mkdir: _hk_Field[_hk_Function[[bytes | None, int], int]," in stub


def test_names_count_where_a_callback_is_declared_in_a_parameter(tools, tmp_path):
    (tmp_path / "log.h").write_text(
        "void on_error(void (*done)(int err, const char *reason), const void *with);\n"
        "void on_data(void (*done)(int len, const char *data), const void *with);\n"
        "void on_made(void (*made)(void (*inner)(int line, const char *text)));\n"
    )
    generate(tools, tmp_path, "log.h")
    stub = (tmp_path / "bound.pyi").read_text()
    made = {line.split("(")[0]: line for line in stub.splitlines() if line.startswith("def on_")}
    assert "[int, bytes | None]" in made["def on_error"] and "[int, _ct._Pointer[_ct.c_char]]" in made["def on_data"]
    assert "[int, bytes | None]" in made["def on_made"], stub


TEXTS_C = """\
    #include <string.h>
    #include <stdlib.h>
    int texts(char **names, int count) {
        int all = 0;
        for (int i = 0; i < count; i++) { all += strlen(names[i]); names[i] = "later"; }
        return all;
    }
    void call(void (*done)(void *), void *with) { done(with); }
    int called;
    void count(void *with) { called += *(int *)with; }
"""


@pytest.mark.parametrize("executable", pythons())
def test_arrays_of_texts_and_functions_of_the_library_are_arguments(tools, tmp_path, executable):
    (tmp_path / "texts.h").write_text(
        "int texts(char **names, int count);\nvoid call(void (*done)(void *), void *with);\n"
        "extern int called;\nvoid count(void *with);\n"
    )
    library(tmp_path, "texts", dedent(TEXTS_C))
    generate(tools, tmp_path, "texts.h", "--writer-opt", "ctypes:library=./libtexts.so")
    script = """\
        import bound, ctypes
        plain = (ctypes.c_char_p * 2)(b"a", b"bc")
        made = (ctypes.POINTER(ctypes.c_char) * 1)(ctypes.create_string_buffer(b"xyz"))
        one = ctypes.c_char_p(b"long")
        print(bound.texts(plain, 2), list(plain), bound.texts(made, 1), bound.texts(one, 1), one.value)
        print(bound.texts(ctypes.byref(one), 1), bound.texts(ctypes.pointer(one), 1), bound.texts(None, 0))
        for wrong in (b"text", (ctypes.c_int * 2)(), 5, ctypes.byref(ctypes.c_int())):
            try:
                bound.texts(wrong, 1)
            except ctypes.ArgumentError as error:
                print("expected LP_LP_c_char instance" in str(error))
        bound.call(ctypes.cast(bound.count, ctypes.c_void_p).value, ctypes.byref(ctypes.c_int(3)))
        print(bound.called.value)
    """
    assert python(tmp_path, script, executable) == "3 [b'later', b'later'] 3 4 b'later'\n5 5 0\n" + 4 * "True\n" + "3\n"


@pytest.mark.parametrize("executable", pythons())
def test_a_check_of_the_users_sees_the_value(tools, tmp_path, executable):
    """`errcheck` comes after our own conversion, is read back, and goes again."""
    (tmp_path / "value.h").write_text("union number { int i; float f; };\nunion number make(int i);\n")
    (tmp_path / "value.c").write_text('#include "value.h"\nunion number make(int i) { union number n = {i}; return n; }\n')
    run("cc", "-shared", "-fPIC", "-o", "libvalue.so", "value.c", cwd=tmp_path)
    generate(tools, tmp_path, "value.h", "--writer-opt", "ctypes:library=./libvalue.so")
    script = """\
        import bound
        def check(result, function, arguments):
            assert type(result) is bound.number and function is bound.make
            return result.i + arguments[0]
        bound.make.errcheck = check
        assert bound.make(20) == 40 and bound.make.errcheck is check
        del bound.make.errcheck
        assert bound.make(3).i == 3 and bound.make.errcheck is None
        try:
            bound.make.errcheck = 5
        except TypeError as error:
            print(error)
    """
    assert python(tmp_path, script, executable) == "the errcheck attribute must be callable\n"


def library(folder, name, source):
    run("cc", "-shared", "-fPIC", "-o", "lib{}.so".format(name), "-x", "c", "-", cwd=folder, stdin=source.encode())


@pytest.mark.parametrize(
    "header, right, wrong",
    [
        ("include/Demo2/Demo.h", "Demo2", "Demo"),
        ("include/Demo2/Demo_image.h", "Demo2_image", "Demo2"),
        ("include/libdemo-1.0/libdemo.h", "demo-1.0", "demo"),
        ("include/demo-3.0/demo/demo.h", "demo-3", "demo"),
        ("include/demo.h", "demo", "other"),
        ("include/mylib.h", "mylib", "my"),
        ("include/demolib.h", "demo", "demolib"),
    ],
)
def test_the_library_that_has_the_functions_is_loaded(tools, tmp_path, header, right, wrong):
    """Others of a similar name are there; neither compiler nor linker is, which ctypes asks for names."""
    path = tmp_path / header
    path.parent.mkdir(parents=True)
    path.write_text("int answer(void);\nint newer(void);\n")
    library(tmp_path, right, "int answer(void) { return 42; }")
    library(tmp_path, wrong, "int question(void) { return 1; }")
    generate(tools, tmp_path, header)
    script = "import bound; print(bound.answer(), bound._lib._name)"
    env = {"LD_LIBRARY_PATH": str(tmp_path), "PATH": str(tmp_path)}
    assert python(tmp_path, script, **env) == "42 lib{}.so\n".format(right)


def test_where_no_library_is_right_the_message_says_what_was_tried(tools, tmp_path):
    (tmp_path / "Demo2").mkdir()
    (tmp_path / "Demo2" / "Demo.h").write_text("int no_such_answer(void);\n")
    library(tmp_path, "Demo", "int question(void) { return 1; }")
    generate(tools, tmp_path, "Demo2/Demo.h")
    script = """\
        import bound
        try:
            bound.no_such_answer
        except AttributeError as error:
            print(error, bound._lib)
    """
    tried = "`Demo2`, `Demo`, this process (option `library` of [tool.headerkit.writer.ctypes])"
    wanted = "no library defines function `no_such_answer`; tried {} None\n".format(tried)
    assert python(tmp_path, script, LD_LIBRARY_PATH=str(tmp_path)) == wanted


@pytest.mark.parametrize("executable", pythons())
def test_an_import_from_the_module_says_what_the_library_lacks(tools, tmp_path, executable):
    """`from bound import newer` with an older library; `hasattr` and defaults work as ever."""
    (tmp_path / "demo.h").write_text("int answer(void);\nint newer(void);\n")
    library(tmp_path, "demo", "int answer(void) { return 42; }")
    generate(tools, tmp_path, "demo.h", "--writer-opt", "ctypes:library=./libdemo.so")
    script = """\
        import bound
        from bound import answer
        try:
            from bound import newer
        except ImportError as error:
            print(error, error.name)
        try:
            bound.newer
        except AttributeError as error:
            print(error)
        try:
            from bound import nothing
        except ImportError as error:
            print("cannot import name 'nothing'" in str(error))
        print(hasattr(bound, "newer"), getattr(bound, "newer", 5), answer())
    """
    lack = "library `{}` does not define function `newer`".format(tmp_path / "libdemo.so")
    out = python(tmp_path, script, executable).replace("/./", "/")
    assert out == "{0} bound\n{0}\nTrue\nFalse 5 42\n".format(lack)


def test_the_self_check_of_a_module_without_its_library_fails(tools, tmp_path):
    """In a few lines, however many functions there are; a library that only lacks some is none of that."""
    names = ["absent_function_number_{}".format(number) for number in range(200)]
    (tmp_path / "bound.h").write_text("".join("int {}(void);\n".format(name) for name in ["present"] + names))
    generate(tools, tmp_path, "bound.h", "--writer-opt", "ctypes:library=./libbound.so")
    command = [sys.executable, "bound.py"]
    done = run(*command, cwd=tmp_path, check=False)
    assert done.code == 1, done
    assert "`./libbound.so`" in done.out and "and 196 more, as `__missing__` lists them" in done.out
    assert len(done.out) < 400 and done.out.count("\n") <= 3 and done.err == ""
    (tmp_path / "bound.c").write_text("int present(void) { return 1; }\n")
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", "libbound.so", "bound.c"], cwd=tmp_path, check=True)
    done = run(*command, cwd=tmp_path)
    assert "libbound.so` does not define" in done.out and "and 195 more" in done.out
    (tmp_path / "libbound.so").unlink()
    # Nor is the process one, unless it has something.
    for more, code in (("", 1), ("int abs(int value);\n", 0)):
        (tmp_path / "bound.h").write_text("int absent(void);\n" + more)
        generate(tools, tmp_path, "bound.h")
        done = run(*command, cwd=tmp_path, check=False)
        assert done.code == code and "function `absent`" not in done.err and "absent" in done.out, done
