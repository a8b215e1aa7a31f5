"""Stand-ins for what Microsoft does not let anybody pass on: as much of the C runtime, its headers and its import
libraries, as modules of the tests need. LLVM's programs make the libraries and know no difference."""

import subprocess
from pathlib import Path

# Architecture: what clang and the linker call it.
MACHINES = {"amd64": ("x86_64", "x64"), "arm64": ("aarch64", "arm64"), "386": ("i686", "x86")}

HEADERS = {
    "assert.h": "#define assert(condition) ((void)0)\n",
    "basetsd.h": """\
#ifdef _WIN64
typedef __int64 SSIZE_T;
#else
typedef long SSIZE_T;
#endif
""",
    "ctype.h": "int isalpha(int), isdigit(int), isspace(int), tolower(int), toupper(int);\n",
    "errno.h": "int *_errno(void);\n#define errno (*_errno())\n#define ERANGE 34\n",
    "inttypes.h": "#include <stdint.h>\n",
    "malloc.h": "#include <stdlib.h>\nvoid *_alloca(size_t);\n#define alloca _alloca\n",
    "math.h": "double pow(double, double), floor(double);\n#define HUGE_VAL (__builtin_huge_val())\n",
    "stdio.h": "#include <stddef.h>\ntypedef struct file FILE;\nint puts(const char *);\n",
    "stdlib.h": "#include <stddef.h>\nvoid *malloc(size_t);\nvoid free(void *), abort(void);\n",
    "string.h": """\
#include <stddef.h>
void *memcpy(void *, const void *, size_t), *memset(void *, int, size_t);
size_t strlen(const char *);
int strcmp(const char *, const char *);
""",
    "sys/stat.h": "struct stat { int st_mode; };\n",
    "sys/types.h": "typedef long off_t;\n",
    "time.h": "#ifndef TIME_H\n#define TIME_H\ntypedef __int64 time_t;\nstruct tm { int tm_sec; };\n#endif\n",
    "wchar.h": "#include <stddef.h>\nsize_t wcslen(const wchar_t *);\n",
}
# What a program is linked with unasked.
STARTUP = """\
#pragma comment(lib, "vcruntime")
#pragma comment(lib, "ucrt")
#include <stddef.h>
int _fltused = 1;
size_t __security_cookie = 1;
void __fastcall __security_check_cookie(size_t cookie) {}
#ifdef _M_IX86
#define __chkstk _chkstk
#endif
void __chkstk(void) {}
int __stdcall _DllMainCRTStartup(void *module, unsigned long reason, void *reserved) { return 1; }
"""
LIBRARIES = {
    "vcruntime": ("VCRUNTIME140.dll", "memcpy memset"),
    "ucrt": (
        "api-ms-win-crt-runtime-l1-1-0.dll",
        "abort _errno floor free isalpha isdigit isspace malloc pow puts strcmp strlen tolower toupper wcslen",
    ),
}


def make(folder, arch, compiler, linker):
    """Makes it for an architecture; returns the variables that a developer's command prompt would have set."""
    clang, machine = MACHINES[arch]
    include, libraries = Path(folder, "include"), Path(folder, "lib", arch)
    libraries.mkdir(parents=True)
    for name, text in HEADERS.items():
        path = include / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # C++ has the same functions.
        start, end = ('#pragma once\n#ifdef __cplusplus\nextern "C" {\n#endif\n', "#ifdef __cplusplus\n}\n#endif\n")
        path.write_text(start + text + end)
    startup = libraries / "startup.c"
    startup.write_text(STARTUP)
    target = "--target={}-pc-windows-msvc".format(clang)
    run(compiler, target, "-nologo", "-c", "-O2", "-Zl", "-TC", "-Fostartup.obj", "startup.c", cwd=libraries)
    run(linker, "-lib", "-nologo", "-out:msvcrt.lib", "startup.obj", cwd=libraries)
    for name, (dll, functions) in LIBRARIES.items():
        definition = libraries / (name + ".def")
        definition.write_text("\n".join(["LIBRARY " + dll, "EXPORTS", *functions.split(), ""]))
        run(linker, "-lib", "-nologo", "-def:" + definition.name, "-machine:" + machine, "-out:{}.lib".format(name), cwd=libraries)
    (libraries / "oldnames.lib").write_bytes(b"!<arch>\n")
    return {"INCLUDE": str(include), "LIB": str(libraries), "VSCMD_ARG_TGT_ARCH": machine}


def run(*command, cwd):
    subprocess.run([str(part) for part in command], cwd=str(cwd), check=True)
