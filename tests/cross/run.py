#!/usr/bin/env python3
"""Wheels of the examples for every platform, made on this machine, and judged by others than us.

    tests/cross/run.py [--target TARGET]... [--example NAME]... [--python PYTHON] [--json FILE]

`headerkit-backend wheels` builds them. auditwheel says which systems a Linux wheel is for, abi3audit whether it keeps
to the stable ABI, and the module's own header what machine it is for. Wheels for Linux with glibc are run: with
Debian's Python of that architecture under qemu-user (the packages `qemu-user` and what `apt-get download` brings), or
as they are on this machine. PYTHON must have headerkit-backend, auditwheel, abi3audit and ziglang. Exit status 1 if
anything is wrong; what cannot be run here says why.
"""

import argparse
import json
import os
import platform
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ["adder-zig", "ring-cffi"]
# Platform: tag of its wheels, machine of its modules, Debian's and qemu's architecture if it can be run.
PLATFORMS = {
    "linux/amd64": ("manylinux_2_17_x86_64.manylinux2014_x86_64", "ELF 62", "amd64", "x86_64"),
    "linux/arm64": ("manylinux_2_17_aarch64.manylinux2014_aarch64", "ELF 183", "arm64", "aarch64"),
    "linux/386": ("manylinux_2_17_i686.manylinux2014_i686", "ELF 3", "i386", "i386"),
    "linux/arm/v7": ("manylinux_2_17_armv7l.manylinux2014_armv7l", "ELF 40", "armhf", "arm"),
    "linux/riscv64": ("manylinux_2_31_riscv64", "ELF 243", None, "riscv64"),
    "linux/ppc64le": ("manylinux_2_17_ppc64le.manylinux2014_ppc64le", "ELF 21", "ppc64el", "ppc64le"),
    "linux/s390x": ("manylinux_2_17_s390x.manylinux2014_s390x", "ELF 22", "s390x", "s390x"),
    "linux/amd64/musl": ("musllinux_1_2_x86_64", "ELF 62", None, None),
    "linux/arm64/musl": ("musllinux_1_2_aarch64", "ELF 183", None, None),
    "linux/386/musl": ("musllinux_1_2_i686", "ELF 3", None, None),
    "linux/arm/v7/musl": ("musllinux_1_2_armv7l", "ELF 40", None, None),
    "linux/riscv64/musl": ("musllinux_1_2_riscv64", "ELF 243", None, None),
    "linux/ppc64le/musl": ("musllinux_1_2_ppc64le", "ELF 21", None, None),
    "linux/s390x/musl": ("musllinux_1_2_s390x", "ELF 22", None, None),
    "macos/amd64": ("macosx_10_13_x86_64", "Mach-O 16777223", None, None),
    "macos/arm64": ("macosx_11_0_arm64", "Mach-O 16777228", None, None),
    "windows/amd64": ("win_amd64", "PE 34404", None, None),
    "windows/arm64": ("win_arm64", "PE 43620", None, None),
    "windows/386": ("win32", "PE 332", None, None),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", action="append", choices=PLATFORMS, metavar="TARGET")
    parser.add_argument("--example", action="append", choices=EXAMPLES)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--json")
    parser.add_argument("--keep", help="directory for the wheels and the foreign Pythons")
    arguments = parser.parse_args()
    folder = Path(arguments.keep or tempfile.mkdtemp(prefix="cross-")).resolve()
    rows = []
    for example in arguments.example or EXAMPLES:
        rows += judge(example, arguments.target or list(PLATFORMS), Path(arguments.python), folder)
    for row in rows:
        print("{example:10} {target:20} {result:9} {tag:44} {audit:34} {abi3:12} {ran}".format(**row))
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(rows, indent=2) + "\n")
    if not arguments.keep:
        shutil.rmtree(folder, ignore_errors=True)
    wrong = [row for row in rows if row["wrong"]]
    for row in wrong:
        print("WRONG {} for {}: {}".format(row["example"], row["target"], "; ".join(row["wrong"])))
    return 1 if wrong else 0


def judge(example, targets, python, folder):
    """A row for every target."""
    project = folder / example
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(ROOT / "examples" / example, project)
    # As a clone has it: nothing that other builds have left.
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    subprocess.run(["git", "clean", "-fdXq"], cwd=project, check=True)
    out = folder / "wheels"
    command = [python, "-m", "headerkit_backend", "wheels", "--no-isolation", "--json", "--quiet", "--out", out]
    command += ["--python", python] + [part for target in targets for part in ("--target", target)]
    made = subprocess.run(command, cwd=project, stdout=subprocess.PIPE)
    rows = []
    for built in json.loads(made.stdout):
        row = dict(example=example, target=built["target"], result="built", tag="", audit="", abi3="", ran="")
        row["wrong"] = []
        rows.append(row)
        if not built["wheel"]:
            row["result"] = "failed"
            row["wrong"].append(built["error"])
            continue
        inspect(row, out / built["wheel"], python, project / "demo.py", folder)
    return rows


def inspect(row, wheel, python, demo, folder):
    expected, machine, debian, qemu = PLATFORMS[row["target"]]
    row["tag"] = wheel.stem.split("-")[-1]
    if row["tag"] != expected or "-cp39-abi3-" not in wheel.name:
        row["wrong"].append("the wheel is called " + wheel.name)
    files = folder / "installed" / row["example"] / row["target"].replace("/", "-")
    shutil.rmtree(files, ignore_errors=True)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(files)
    modules = [path for path in files.rglob("*") if path.suffix in (".so", ".pyd")]
    if [machine_of(path) for path in modules] != [machine]:
        row["wrong"].append("modules are for {}, not {}".format([machine_of(path) for path in modules], machine))
    if "manylinux" in expected:
        shown = said(python, "-m", "auditwheel", "show", wheel)
        # `show` breaks its lines anywhere.
        found = re.search(r'following platform tag:\s+"(\w+)"', shown)
        row["audit"] = found.group(1) if found else "refused"
        level = re.match(r"manylinux_2_(\d+)_", row["audit"])
        if not level or int(level.group(1)) > int(expected.split("_")[2]):
            row["wrong"].append("auditwheel: " + shown)
    elif "win" in expected and "macosx" not in expected:
        row["audit"] = imports(modules[0], python)
        dlls = row["audit"].split(", ")
        if "python3.dll" not in dlls or any(not re.match(r"python3\.dll|kernel32", dll) for dll in dlls):
            row["wrong"].append("it imports from " + row["audit"])
    row["abi3"] = abi3(wheel, python)
    if row["abi3"] != "clean":
        row["wrong"].append("abi3audit: " + row["abi3"])
    row["ran"] = ran(row, files, demo, debian, qemu, folder)


def machine_of(path):
    """Format and machine number, as the file's own header has them."""
    content = path.read_bytes()
    if content[:4] == b"\x7fELF":
        order = "<" if content[5] == 1 else ">"
        return "ELF {}".format(*struct.unpack_from(order + "H", content, 18))
    if content[:2] == b"MZ":
        (start,) = struct.unpack_from("<I", content, 60)
        return "PE {}".format(*struct.unpack_from("<H", content, start + 4))
    return "Mach-O {}".format(*struct.unpack_from("<I", content, 4))


def imports(module, python):
    script = (
        "import pefile, sys\n"
        "print(*sorted({entry.dll.decode().lower() for entry in pefile.PE(sys.argv[1]).DIRECTORY_ENTRY_IMPORT}), sep=', ')"
    )
    names = said(python, "-c", script, module).strip().split(", ")
    return ", ".join(name for name in names if not name.startswith("api-ms-win-crt-"))


def abi3(wheel, python):
    report = said(python, "-m", "abi3audit", "--report", "--strict", wheel, check=False)
    results = json.loads(report)["specs"].values()
    found = [module["result"] for spec in results for module in spec["wheel"]]
    wrong = [result for result in found if not result["is_abi3"] or result["non_abi3_symbols"] or result["future_abi3_objects"]]
    return "clean" if found and not wrong else str(wrong or "it found no module")


def ran(row, files, demo, debian, qemu, folder):
    """Runs the example's demo with the wheel, or says why not."""
    if not qemu:
        return "no: no Python for it here"
    if not debian:
        return "no: Debian has no Python for it in this release"
    command, variables = [], dict(os.environ, PYTHONPATH=str(files), PYTHONDONTWRITEBYTECODE="1")
    if platform.machine() == qemu:
        command = [sys.executable]
    else:
        emulator = shutil.which("qemu-" + qemu)
        if not emulator or not shutil.which("apt-get"):
            return "no: qemu-user or apt-get is missing"
        root = foreign(debian, folder / "roots" / debian)
        if isinstance(root, str):
            return "no: " + root
        variables["PYTHONHOME"] = str(root / "usr")
        variables["PYTHONPATH"] += os.pathsep + str(root / "usr/lib/python3/dist-packages")
        (interpreter,) = (path for path in (root / "usr/bin").glob("python3.*") if path.name.count(".") == 1)
        command = [emulator, "-L", root, interpreter]
    answer = subprocess.run([*command, demo], env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if answer.returncode:
        row["wrong"].append("its demo says: " + answer.stdout.strip())
        return "failed"
    return "yes, " + ("qemu" if len(command) > 1 else "here")


def foreign(architecture, root):
    """A directory with Debian's Python of another architecture, or why there is none."""
    if (root / "complete").exists():
        return root
    state = root / "apt"
    for name in ("lists/partial", "cache/archives/partial", "debs"):
        (state / name).mkdir(parents=True, exist_ok=True)
    (state / "status").touch()
    options = {
        "APT::Architecture": architecture, "APT::Architectures::": architecture, "APT::Sandbox::User": "root",
        "Dir::State": state, "Dir::State::Lists": state / "lists", "Dir::State::status": state / "status",
        "Dir::Cache": state / "cache",
    }
    apt = ["-q", *(part for name, value in options.items() for part in ("-o", "{}={}".format(name, value)))]
    # Some of the sources may lack the architecture.
    subprocess.run(["apt-get", *apt, "update"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    shown = said("apt-cache", *apt, "show", "python3-minimal", check=False)
    version = re.search(r"python(3\.\d+)-minimal", shown)
    if not version:
        return "no packages of Debian for " + architecture
    python = "python" + version.group(1)
    packages = [
        python + "-minimal", "lib" + python + "-minimal", "lib" + python + "-stdlib", "python3-cffi-backend", "libc6",
        "libexpat1", "libffi8", "libgcc-s1", "zlib1g",
    ]
    got = subprocess.run(
        ["apt-get", *apt, "download", *packages], cwd=state / "debs", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if got.returncode:
        return "apt-get download: " + got.stdout.strip().splitlines()[-1]
    for package in (state / "debs").glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", package, root], check=True)
    # The link to the loader is absolute, and so of this machine.
    for link in root.glob("lib*/ld*"):
        if link.is_symlink() and os.readlink(str(link)).startswith("/"):
            real = root / os.readlink(str(link)).lstrip("/")
            link.unlink()
            shutil.copy(real, link)
    (root / "complete").touch()
    return root


def said(*command, check=True):
    command = [str(part) for part in command]
    return subprocess.run(command, stdout=subprocess.PIPE, check=check, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
