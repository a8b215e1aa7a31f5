"""`cache populate`: one machine fills the store for every platform, and the layouts are those of the targets'
compiler.

ALL_TARGETS=1 checks the layouts of every platform instead of a few, and `-s` prints the table of targets and headers:

    ALL_TARGETS=1 tests/run -s -k test_layouts_are_those
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from textwrap import dedent

import pytest

from project import assert_clear, run

FEW = ["linux/arm64", "linux/arm/v7", "linux/386/musl", "macos/arm64", "windows/amd64"]
ALL = [
    *("linux/" + arch + libc for libc in ("", "/musl") for arch in "amd64 arm64 386 arm/v7 riscv64 ppc64le s390x".split()),
    *("macos/amd64", "macos/arm64"),
    *("windows/amd64", "windows/arm64", "windows/386"),
]

# What each kind of system has, as far as it can be included together.
POSIX = """
    stdio stdint inttypes wchar wctype time math complex fenv signal setjmp locale sys/stat sys/socket sys/select
    sys/time sys/times sys/resource sys/uio sys/un sys/wait sys/mman sys/statvfs sys/utsname sys/ipc sys/shm sys/sem
    sys/msg sys/ioctl netinet/in netinet/tcp netdb net/if arpa/inet pthread semaphore termios dirent dlfcn fcntl poll
    pwd grp glob fnmatch ftw regex sched spawn syslog utime wordexp aio
"""
LINUX = """
    sys/epoll sys/statfs sys/vfs sys/sysinfo sys/timex sys/signalfd sys/inotify sys/quota sys/ucontext mntent elf link
    linux/atm linux/audit linux/bpf linux/btrfs linux/btf linux/can linux/cdrom linux/cec linux/comedi
    linux/devlink linux/dm-ioctl linux/dvb/audio linux/dvb/ca linux/dvb/dmx linux/dvb/frontend linux/dvb/net
    linux/dvb/osd linux/dvb/video linux/ethtool linux/fb linux/fd linux/fiemap linux/filter linux/firewire-cdev
    linux/fscrypt linux/fuse linux/gpio linux/hdreg linux/hiddev linux/hidraw linux/i2c linux/i2o-dev linux/input
    linux/io_uring linux/iommufd linux/ipmi linux/isst_if linux/ivtv linux/joystick linux/kfd_ioctl
    linux/lightnvm linux/loop linux/map_to_7segment linux/media linux/mei linux/mmc/ioctl linux/mptcp linux/mtio
    linux/nbd linux/ndctl linux/netlink linux/nfc linux/nfs4 linux/nilfs2_api linux/nvme_ioctl linux/openvswitch
    linux/perf_event linux/pkt_cls linux/pkt_sched linux/pktcdvd linux/ppp-ioctl linux/pps linux/pr linux/psp-sev
    linux/ptp_clock linux/raid/md_p linux/raid/md_u linux/rds linux/rio_cm_cdev linux/rio_mport_cdev linux/rkisp1-config
    linux/rtc linux/rtnetlink linux/sed-opal linux/seg6_local linux/serial linux/sonet linux/spi/spidev linux/switchtec_ioctl
    linux/taskstats linux/tee linux/tipc linux/tls linux/ublk_cmd linux/uhid linux/uinput
    linux/usb/audio linux/usb/cdc linux/usb/ch11 linux/usb/ch9 linux/usb/functionfs linux/usb/video linux/usbdevice_fs
    linux/userfaultfd linux/uvcvideo linux/vbox_vmmdev_types linux/vboxguest linux/vduse linux/vfio linux/vhost
    linux/videodev2 linux/virtio_blk linux/virtio_gpu linux/virtio_net linux/virtio_snd linux/vt linux/wireless
    linux/xfrm drm/amdgpu_drm drm/drm drm/drm_mode drm/etnaviv_drm drm/i915_drm drm/msm_drm drm/nouveau_drm
    drm/panfrost_drm drm/panthor_drm drm/radeon_drm drm/tegra_drm drm/v3d_drm drm/vc4_drm drm/virtgpu_drm
    drm/vmwgfx_drm drm/xe_drm rdma/bnxt_re-abi rdma/hns-abi rdma/ib_user_cm rdma/ib_user_mad rdma/ib_user_sa
    rdma/ib_user_verbs rdma/mlx4-abi rdma/mlx5-abi rdma/mthca-abi rdma/qedr-abi rdma/rdma_user_cm scsi/fc/fc_els
"""
APPLE = """
    TargetConditionals mach/mach mach/mach_time sys/event sys/mount sys/proc sys/kern_event sys/attr sys/sysctl
    libproc bsm/audit mach-o/loader mach-o/nlist malloc/malloc net/route copyfile xpc/xpc
"""
WINDOWS = "winsock2 ws2tcpip windows iphlpapi psapi tlhelp32 shellapi commctrl wincrypt setupapi winhttp"
C = "stdio stdint inttypes wchar wctype time math complex fenv signal setjmp locale"


def includes(text):
    """Lines for those of the headers that the target has."""
    line = "#if __has_include(<{0}.h>)\n#include <{0}.h>\n#endif\n"
    return "".join(line.format(name) for name in text.split())


PROBE = (
    "#define _GNU_SOURCE 1\n#if defined(_WIN32)\n" + includes(C) + includes(WINDOWS) + "#else\n" + includes(POSIX)
    + "#if defined(__APPLE__)\n" + includes(APPLE) + "#else\n" + includes(LINUX) + "#endif\n#endif\n"
    + '#include "zlib.h"\n#include "sqlite3.h"\n#define SDL_MAIN_HANDLED 1\n#include "SDL2/SDL.h"\n'
)

PYPROJECT = """\
[project]
name = "probe"
version = "1"
[tool.headerkit]
scope = "all"
writers = ["json"]
include_dirs = ["include"]
[tool.headerkit.headers."include/probe.h"]
"""


@pytest.fixture(scope="module")
def zig():
    """The wheel's compiler."""
    import ziglang

    return Path(ziglang.__file__).parent / "zig"


@pytest.fixture
def libraries(tmp_path):
    """A project that brings along the headers of three libraries."""
    include = tmp_path / "include"
    shutil.copytree("/usr/include/SDL2", include / "SDL2", symlinks=False)
    for name in ("zlib.h", "zconf.h", "sqlite3.h"):
        shutil.copy("/usr/include/" + name, include)
    # Debian keeps what SDL found out about an architecture elsewhere. Not all have the intrinsics of this one.
    for config in Path("/usr/include").glob("*-linux-gnu*/SDL2/_real_SDL_config.h"):
        text = config.read_text().replace("#define HAVE_IMMINTRIN_H 1", "")
        (include / "SDL2" / config.name).write_text(text)
    return tmp_path


def populate(tools, folder, *arguments, check=True, **extra):
    environment = tools.environment(libclang=True, **extra)
    return run(tools.binary, "cache", "populate", *arguments, cwd=folder, env=environment, check=check)


def entries(folder, writer="json"):
    """Target to output and metadata."""
    found = {}
    for metadata in sorted((folder / ".headerkit" / "output" / writer).glob("*/metadata.json")):
        described = json.loads(metadata.read_text())
        text = (metadata.parent / described["artifact"]["file"]).read_text()
        found[described["inputs"]["target"]] = (text, described)
    return found


# Layouts


def test_layouts_are_those_of_the_compiler_of_each_target(tools, zig, libraries):
    (libraries / "pyproject.toml").write_text(PYPROJECT)
    (libraries / "include" / "probe.h").write_text(PROBE)
    platforms = ALL if os.environ.get("ALL_TARGETS") else FEW
    populate(tools, libraries, *(argument for name in platforms for argument in ("--platform", name)))
    found = entries(libraries)
    assert len(found) == len(platforms)
    wrong = []
    for target, (text, metadata) in sorted(found.items()):
        records = layouts(json.loads(text))
        lines, checks = assertions(records)
        failed = compiled(zig, libraries, target, metadata["sysroot"], lines)
        told = "{:24} {:5} records {:6} assertions {:3} failed".format(target, len(records), len(checks), len(failed))
        print(told + ";", ", ".join("{} {}/{}".format(*row) for row in by_header(records, failed)))
        if failed or len(records) < 1000 or len(checks) < 5000:
            wrong.append("\n  ".join([told, *failed[:10]]))
    assert not wrong, "\n".join(wrong)


def layouts(ir):
    """Complete records by the C name under which a program can ask for them."""
    found = {}
    for declaration in ir["declarations"]:
        if declaration["kind"] == "record" and "size" in declaration and declaration["name"] != "__va_list_tag":
            found["{} {}".format(declaration["record"], declaration["name"])] = (declaration, declaration["align"])
        if declaration["kind"] == "typedef" and declaration["type"]["kind"] == "inline_record":
            definition = declaration["type"]["definition"]
            if "size" in definition:
                align = declaration.get("align", definition["align"])
                found[declaration["name"]] = (definition, align)
    return found


def by_header(records, failed):
    """Of each library, and of the system: how many records were checked, and of how many an assertion failed."""
    rows = {"zlib.h": [], "sqlite3.h": [], "SDL.h": [], "system": []}
    for name, (record, _) in records.items():
        file = record.get("location", {}).get("file", "")
        library = "SDL.h" if "SDL2/" in file else Path(file).name.replace("zconf.h", "zlib.h")
        is_wrong = any("({})".format(name) in line or "({},".format(name) in line for line in failed)
        rows[library if library in rows else "system"].append(is_wrong)
    return [(name, len(wrong), sum(wrong)) for name, wrong in rows.items()]


def members(record, path="", base=0):
    """Every member that has a name, with its offset in bytes."""
    for field in record.get("fields", []):
        if "bit_width" in field:
            continue
        at = base + field["offset_bits"] // 8
        inner = field["type"].get("definition") if field["type"]["kind"] == "inline_record" else None
        if "name" in field:
            yield path + field["name"], at
        if inner:
            yield from members(inner, path + field["name"] + "." if "name" in field else path, at)


def assertions(records):
    """Lines of C, and those of them that hold an assertion."""
    lines = []
    names = set()
    for name, (record, align) in sorted(records.items()):
        lines.append("_Static_assert(sizeof({}) == {}, \"\");".format(name, record["size"]))
        lines.append("_Static_assert(_Alignof({}) == {}, \"\");".format(name, align))
        names.add(name.split()[-1])
        for member, offset in members(record):
            names.update(member.split("."))
            lines.append("_Static_assert(__builtin_offsetof({}, {}) == {}, \"\");".format(name, member, offset))
    # Some names are macros as well, and were not yet when the records were declared.
    undefined = ["#undef " + name for name in sorted(names)]
    return undefined + lines, lines


ZIG_ARCH = {"i686": "x86", "armv7": "arm"}


def compiled(zig, folder, target, sysroot, lines):
    """The assertions that fail."""
    arch, _, rest = target.partition("-")
    system = {"macos": "macos.11.0", "linux-gnu": "linux-gnu." + sysroot.get("glibc", "")}.get(rest, rest)
    system = system.replace("msvc", "gnu").replace("linux-gnueabihf", "linux-gnueabihf." + sysroot.get("glibc", ""))
    options = [option for option in sysroot.get("arguments", []) if option.startswith("-m")]
    source = folder / (target + ".c")
    source.write_text('#include "probe.h"\n' + "\n".join(lines) + "\n")
    command = [zig, "cc", "-target", ZIG_ARCH.get(arch, arch) + "-" + system, *options, "-std=gnu17", "-w"]
    command += ["-fno-sanitize=all", "-ferror-limit=0", "-I", folder / "include", "-c", source, "-o", folder / "o.o"]
    done = subprocess.run(list(map(str, command)), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    text = done.stderr.decode("utf-8", "replace")
    errors = [line for line in text.splitlines() if ": error: " in line]
    other = [line for line in errors if "static assertion failed" not in line]
    assert errors or not done.returncode, text
    everything = source.read_text().splitlines()
    return other + [everything[int(re.search(r"\.c:(\d+):", line).group(1)) - 1] for line in errors if line not in other]


# Keys


def test_a_build_on_the_target_hits(tools, project):
    made = project()
    run(tools.binary, "cache", "populate", "--target", "x86_64-linux-gnu", "--platform", "linux/amd64", cwd=made.root,
        env=tools.environment(libclang=True))
    (_, metadata) = entries(made.root)["x86_64-linux-gnu"]
    assert metadata["sysroot"]["glibc"] == "2.17" and metadata["sysroot"]["zig"]
    assert not made.exists("src/demo/demo.json"), "populate writes no file of the tree"
    done = run(tools.binary, "generate", "--target", "x86_64-linux-gnu", "-v", cwd=made.root,
               env=tools.environment(libclang=False))
    assert "miss" not in done.err and made.exists("src/demo/demo.json")
    native = made.root / "native"
    run(tools.binary, "generate", "--target", "x86_64-linux-gnu", "--store-dir", native, cwd=made.root,
        env=tools.environment(libclang=True))
    keys = [json.loads(path.read_text())["key"] for path in native.glob("output/json/*/metadata.json")]
    assert keys == [metadata["key"]]


def test_a_header_of_the_system_is_parsed_for_other_targets(tools, tmp_path):
    platforms = ["linux/amd64", "linux/s390x", "macos/arm64", "windows/386"]
    arguments = [argument for name in platforms for argument in ("--platform", name)]
    where = ["--no-config", "--store-dir", tmp_path / ".headerkit"]
    done = populate(tools, tmp_path, "/usr/include/zlib.h", "-w", "json", *where, *arguments)
    assert done.out.endswith("4 outputs: 4 stored\n")
    again = populate(tools, tmp_path, "/usr/include/zlib.h", "-w", "json", *where, *arguments)
    assert again.out.endswith("4 outputs: 4 already there\n")
    sizes = {target: json.loads(text) for target, (text, _) in entries(tmp_path).items()}
    # uLong is `unsigned long`.
    found = {target: layouts(ir)["struct z_stream_s"][0]["size"] for target, ir in sizes.items()}
    assert found == {"x86_64-linux-gnu": 112, "s390x-linux-gnu": 112, "aarch64-macos": 112, "i686-windows-msvc": 56}
    native = run(tools.binary, "/usr/include/zlib.h", "-w", "json", "--no-config", "--no-cache", cwd=tmp_path,
                 env=tools.environment(libclang=True))
    assert json.loads(native.out) == sizes["x86_64-linux-gnu"]


def test_generate_uses_the_same_headers_for_a_foreign_target(tools, tmp_path):
    (tmp_path / "a.h").write_text("#include <time.h>\nstruct s { time_t t; long double d; };\n")
    done = run(tools.binary, "a.h", "-w", "json", "--no-config", "--target", "armv7-linux-musleabihf", cwd=tmp_path,
               env=tools.environment(libclang=True))
    assert layouts(json.loads(done.out))["struct s"][0]["size"] == 16


MICROSOFT_H = """\
#include <stdio.h>
#include <windows.h>
enum flags { NONE, ALL = 0xFFFFFFFFu, HIGH = 1u << 31 };
enum plain { FIRST, SECOND };
struct bits { char a; int b : 3; char c; enum plain d : 1; short e : 4; };
struct wide { long double x; char c; };
#define BOTH (ALL & HIGH)
enum flags flags_of(struct bits *bits, struct wide *wide);
"""


@pytest.mark.parametrize("target", ["windows/amd64", "windows/arm64", "windows/386"])
def test_mingw_headers_are_read_with_the_types_of_microsoft(target, tools, tmp_path):
    """Microsoft's enums are signed whatever they hold: clang, which compiles for that system without any headers, agrees."""
    (tmp_path / "a.h").write_text(MICROSOFT_H)
    done = run(tools.binary, "a.h", "-w", "json", "--no-config", "--target", target, cwd=tmp_path, env=tools.environment(libclang=True))
    ir = json.loads(done.out)
    values = {constant["name"]: constant["value"] for found in ir["declarations"] for constant in found.get("constants", [])}
    values.update({found["name"]: found["value"]["int"] for found in ir["declarations"] if found["name"] == "BOTH"})
    assert values["ALL"] == -1 and values["BOTH"] == -(2**31)
    lines, _ = assertions(layouts(ir))
    lines += ['_Static_assert({} == {}LL, "");'.format(*pair) for pair in values.items()]
    lines += ['_Static_assert((enum flags)-1 < 0, "");']
    source = MICROSOFT_H.partition("enum")[2]
    (tmp_path / "a.c").write_text("enum" + source + "\n".join(lines) + "\n")
    arch = {"amd64": "x86_64", "arm64": "aarch64", "386": "i686"}[target.partition("/")[2]]
    run("clang-19", "--target=" + arch + "-pc-windows-msvc", "-std=gnu17", "-w", "-fsyntax-only", "a.c", cwd=tmp_path)


def test_enums_beyond_32_bits_are_told_where_microsoft_cuts_them(tools, tmp_path):
    (tmp_path / "a.h").write_text("#include <stdio.h>\nenum wide { FAR = 0x100000000LL };\nenum near { NEAR };\n")
    command = [tools.binary, "a.h", "-w", "json", "--no-config", "--target"]
    said = {target: run(*command, target, cwd=tmp_path, env=tools.environment(libclang=True)).err
            for target in ("windows/amd64", "x86_64-windows-gnu", "linux/arm64")}
    assert "a.h:2:6: warning: enum `wide` has constants beyond 32 bits" in said.pop("windows/amd64")
    assert "beyond" not in "".join(said.values())


# The command


def test_the_configuration_names_platforms_and_json_reports(tools, project):
    made = project()
    text = (made.root / "pyproject.toml").read_text()
    table = '[tool.headerkit.cache.populate]\nplatforms = ["linux/arm64", "linux/aarch64", "darwin/arm64"]\n'
    (made.root / "pyproject.toml").write_text(text + table)
    planned = json.loads(populate(tools, made.root, "--dry-run", "--json").out)
    assert {row["target"] for row in planned["outputs"]} == {"aarch64-linux-gnu", "aarch64-macos"}
    assert {row["outcome"] for row in planned["outputs"]} == {"to be stored"}
    assert not made.exists(".headerkit")
    stored = json.loads(populate(tools, made.root, "--json").out)
    assert {row["outcome"] for row in stored["outputs"]} == {"stored"}
    assert len(stored["outputs"]) == len(planned["outputs"])
    assert {row["outcome"] for row in json.loads(populate(tools, made.root, "--json").out)["outputs"]} == {"already there"}
    verified = run(tools.binary, "store", "verify", cwd=made.root, env=tools.environment(libclang=None))
    assert "is sound" in verified.out, "the indexes list the entries of all targets"


def test_a_rule_with_a_target_is_stored_once(tools, tmp_path):
    (tmp_path / "a.h").write_text("int f(void);\n")
    rule = '[tool.headerkit]\nwriters = ["json"]\n[tool.headerkit.headers."a.h"]\ntarget = "s390x-linux-gnu"\n'
    (tmp_path / "pyproject.toml").write_text(rule)
    done = populate(tools, tmp_path, "--platform", "linux/arm64", "--platform", "linux/amd64")
    assert done.out.endswith("1 output: 1 stored\n")
    assert list(entries(tmp_path)) == ["s390x-linux-gnu"]
    assert populate(tools, tmp_path, "--platform", "linux/arm64", "-q").text == "", "there was no error"


def test_one_target_that_fails_does_not_stop_the_others(tools, tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.headerkit]\nwriters = ["json"]\n[tool.headerkit.headers."a.h"]\n')
    (tmp_path / "a.h").write_text("#include <sys/epoll.h>\nint f(struct epoll_event *e);\n")
    done = populate(tools, tmp_path, "--platform", "linux/arm64", "--platform", "macos/arm64", check=False)
    assert_clear(done, "aarch64-macos", "`sys/epoll.h` is included at",
                 "was not found: it is no part of the C library of `aarch64-macos`")
    assert re.search(r"^aarch64-linux-gnu +a\.h +json +stored$", done.out, re.M)
    assert re.search(r"^aarch64-macos +a\.h +json +failed: .*sys/epoll\.h", done.out, re.M)
    assert list(entries(tmp_path)) == ["aarch64-linux-gnu"]


def test_a_configured_sysroot_wins(tools, tmp_path):
    root = tmp_path / "root" / "usr" / "include"
    root.mkdir(parents=True)
    (root / "only.h").write_text("typedef struct { char c[3]; } only;\n")
    (tmp_path / "a.h").write_text("#include <only.h>\nstruct s { only o; };\n")
    (tmp_path / "pyproject.toml").write_text(
        dedent(
            """\
            [tool.headerkit]
            writers = ["json"]
            [tool.headerkit.headers."a.h"]
            [tool.headerkit.sysroots]
            "linux/arm64" = "root"
            "x86_64-linux-musl" = "none"
            """
        )
    )
    done = populate(tools, tmp_path, "--platform", "linux/arm64", "--platform", "linux/amd64/musl", check=False)
    assert_clear(done, "the sysroot of `x86_64-linux-musl`, `none`, is no directory")
    ((target, (text, metadata)),) = entries(tmp_path).items()
    assert (target, metadata["sysroot"]["directory"]) == ("aarch64-linux-gnu", "root")
    assert layouts(json.loads(text))["struct s"][0]["size"] == 3


def test_what_is_missing_is_said(tools, tmp_path, tmp_path_factory):
    (tmp_path / "pyproject.toml").write_text('[tool.headerkit]\nwriters = ["json"]\n[tool.headerkit.headers."a.h"]\n')
    (tmp_path / "a.h").write_text("int f(void);\n")
    refused = populate(tools, tmp_path, "--platform", "linux/amd46", check=False)
    assert_clear(refused, "no platform `linux/amd46`", "did you mean `linux/amd64`?")
    assert_clear(populate(tools, tmp_path, check=False), "no targets", "--platform", code=2)
    unknown = populate(tools, tmp_path, "--target", "sparc64-netbsd", check=False)
    assert_clear(unknown, "no C headers for `sparc64-netbsd`", "[tool.headerkit.sysroots]")
    no_zig = populate(tools, tmp_path, "--platform", "linux/arm64", check=False, HEADERKIT_ZIG="/nonexistent/zig")
    assert_clear(no_zig, "`/nonexistent/zig` is no usable zig", "HEADERKIT_ZIG")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    bare = run(tools.binary, "cache", "populate", tmp_path / "a.h", "-w", "json", "--no-config", "--all", cwd=elsewhere,
               env=tools.environment(libclang=True), check=False)
    assert_clear(bare, "no project here", "--store-dir")


def test_an_old_zig_is_refused(tools, tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.headerkit]\nwriters = ["json"]\n[tool.headerkit.headers."a.h"]\n')
    (tmp_path / "a.h").write_text("int f(void);\n")
    old = tmp_path / "zig"
    old.write_text('#!/bin/sh\necho \'{"lib_dir": "/opt/zig/lib",\'\necho \'"version": "0.10.1"}\'\n')
    old.chmod(0o755)
    done = populate(tools, tmp_path, "--platform", "linux/arm64", check=False, HEADERKIT_ZIG=str(old))
    assert_clear(done, "zig 0.10.1 is too old", "pip install --upgrade ziglang")



UMBRELLA = """\
[project]
name = "libc"
version = "1"
[tool.headerkit]
scope = "{}"
own = [{}]
writers = ["json"]
[tool.headerkit.headers."libc.h"]
"""


@pytest.mark.parametrize("scope, own", [("umbrella", ""), ("library", '"stdlib.h", "string.h", "stdio.h", "time.h", "errno.h"')])
def test_the_c_library_is_bound_whatever_its_headers_are_divided_into(tools, tmp_path, scope, own):
    """Apple keeps what `stdlib.h` declares in `_stdlib.h` and `malloc/_malloc.h`."""
    (tmp_path / "pyproject.toml").write_text(UMBRELLA.format(scope, own))
    names = ("stdlib", "string", "stdio", "time", "errno")
    (tmp_path / "libc.h").write_text("".join("#include <{}.h>\n".format(name) for name in names))
    targets = ("linux/amd64", "linux/amd64/musl", "macos/arm64", "windows/amd64")
    populate(tools, tmp_path, *(part for target in targets for part in ("--platform", target)))
    found = entries(tmp_path)
    assert len(found) == len(targets)
    for target, (text, _) in found.items():
        declarations = json.loads(text)["declarations"]
        bound = {declaration.get("name") for declaration in declarations if declaration.get("bound", True)}
        wanted = {"malloc", "abort", "strlen", "printf", "time", "ENOENT"}
        assert wanted <= bound, (target, wanted - bound)
        assert not bound & {"__darwin_size_t", "__darwin_time_t", "__time_t", "__MINGW64_VERSION_MAJOR"}, target


def test_headers_of_two_kernels_are_told(tools, tmp_path):
    """`generate` reads this machine's kernel headers, `cache populate` those of zig; a copy is the same for both."""
    (tmp_path / "pyproject.toml").write_text(UMBRELLA.format("umbrella", ""))
    (tmp_path / "libc.h").write_text("#include <linux/input.h>\n#include <stdio.h>\n")
    own = Path("/usr/include/linux/input-event-codes.h")

    def filled():
        run(tools.binary, "generate", cwd=tmp_path, env=tools.environment(libclang=True))
        said = populate(tools, tmp_path, "--platform", "linux/arm64", "--platform", "linux/amd64/musl").err
        found = [json.loads(text)["declarations"] for text, _ in entries(tmp_path).values()]
        assert len(found) == 3
        return said, [item["value"]["int"] for all in found for item in all if item.get("name") == "KEY_ALS_TOGGLE"]

    said, _ = filled()
    assert said.count("note: `<linux/input-event-codes.h>` and ") == 1 and "headers of the kernel" in said, said
    assert populate(tools, tmp_path, "--platform", "linux/arm64").err.count("kernel") == 0, "nothing was read"
    (tmp_path / "linux").mkdir()
    for name in ("input.h", "input-event-codes.h"):
        text = own.with_name(name).read_text()
        (tmp_path / "linux" / name).write_text(re.sub("(#define KEY_ALS_TOGGLE\\s+)\\w+", r"\g<1>0x999", text))
    configured = (tmp_path / "pyproject.toml").read_text()
    (tmp_path / "pyproject.toml").write_text(configured.replace("[tool.headerkit]", '[tool.headerkit]\ninclude_dirs = ["."]'))
    shutil.rmtree(tmp_path / ".headerkit")
    said, values = filled()
    assert "kernel" not in said and values == [0x999] * 3
