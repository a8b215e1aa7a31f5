"""`cache populate --engine docker`: the exact command lines with a stand-in that runs them on this machine, and the same
with real containers where an engine runs the image that HEADERKIT_TEST_IMAGE names."""

import json
import os
import signal
import subprocess
import sys
import time
from importlib.metadata import version

import pytest

from conftest import locked
from containers import IMAGE, StandIn, real_engine
from project import assert_clear, run

PYPROJECT = """\
[project]
name = "probe"
version = "1"
[tool.headerkit]
writers = ["json", "cffi"]
include_dirs = ["include"]
[tool.headerkit.headers."include/a.h"]
"""
HEADER = '#include <stdio.h>\n#include "sub/b.h"\nstruct s { b x; long y; };\nint f(struct s *s, FILE *stream);\n'
# Everything that a path may hold and that a shell, a mount or a list could take for something else.
NASTY = "it's a \"p,r;o$(j)ect\" `x` & ü"


@pytest.fixture(params=["stand-in", "real"])
def engine(request, tmp_path):
    """Both ways to run a container; the name of the test says which it was."""
    if request.param == "stand-in":
        return StandIn(tmp_path / "bin")
    name, why_not = real_engine()
    if not name:
        pytest.skip("no real containers: " + why_not)
    print("real containers, by way of", name)
    return None


@pytest.fixture
def probe(tmp_path):
    return make(tmp_path / "project")


def make(folder, tables=""):
    (folder / "include" / "sub").mkdir(parents=True)
    (folder / "pyproject.toml").write_text(PYPROJECT + tables)
    (folder / "include" / "a.h").write_text(HEADER)
    (folder / "include" / "sub" / "b.h").write_text("typedef int b;\n")
    return folder


@pytest.fixture(scope="module", autouse=True)
def libclang_wheel(shared):
    """The wheel of libclang, fetched once and not for every container."""
    folder = shared / "libclang-wheel"
    with locked(shared / "libclang-wheel.lock"):
        if not folder.exists():
            requirement = "libclang-ng==" + version("libclang-ng")
            run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, requirement)
    populate.wheels = folder


def populate(tools, folder, *arguments, stand_in=None, engine="docker", check=True, cwd=None, **extra):
    return run(tools.binary, "cache", "populate", "--engine", engine, "--wheel", tools.wheels, "--wheel", populate.wheels,
               *arguments,
               cwd=cwd or folder, env=environment(tools, stand_in, **extra), check=check)


def environment(tools, stand_in=None, **extra):
    env = tools.environment(libclang=False, **extra)
    if stand_in:
        env["PATH"] = os.pathsep.join([str(stand_in.folder), env["PATH"]])
    return env


def rows(result):
    return [(row["target"], row["header"], row["writer"], row["outcome"]) for row in json.loads(result.out)["outputs"]]


STORED = [("x86_64-linux-gnu", "include/a.h", writer, "stored") for writer in ("json", "cffi")]


def owners(folder):
    return {path.stat().st_uid for path in folder.rglob("*")}


# Both


def test_a_container_fills_the_store(tools, probe, engine):
    before = sorted(path for path in probe.rglob("*"))
    arguments = ["--platform", "linux/amd64", "--docker-image", IMAGE, "--json"]
    assert rows(populate(tools, probe, *arguments, stand_in=engine)) == STORED
    after = sorted(path for path in probe.rglob("*") if ".headerkit" not in path.parts)
    assert after == before and owners(probe) == {os.getuid()}
    run(tools.binary, "store", "verify", cwd=probe)
    hit = run(tools.binary, "generate", "--target", "x86_64-linux-gnu", "-v", cwd=probe, env=tools.environment(libclang=False))
    assert "miss" not in hit.err, hit
    again = rows(populate(tools, probe, *arguments, stand_in=engine))
    assert {outcome for *_, outcome in again} == {"already there"}
    if engine:
        assert len(engine.runs) == 1, "what the store has starts no container"


def test_any_path_is_served(tools, tmp_path, engine):
    # C cannot include a file with a double quote in its path, so on this machine itself no header may lie there.
    project = make(tmp_path / (NASTY.replace('"', "") if engine else NASTY))
    wheels = tmp_path / "wheels, 'all' of them"
    wheels.symlink_to(tools.wheels)
    typed = project / "include" / "one $(x) 'y'.h"
    typed.write_text("int g(void);\n")
    done = run(tools.binary, "cache", "populate", "--engine", "docker", "--wheel", wheels, "--docker-image", IMAGE,
               "--platform", "linux/amd64", "--json", "-w", "json", "-I", project / "include", "--", typed,
               "sub/b.h", cwd=project / "include", env=environment(tools, engine))
    names = ["include/one $(x) 'y'.h", "include/sub/b.h"]
    assert rows(done) == [("x86_64-linux-gnu", name, "json", "stored") for name in names]


def test_a_writer_that_comes_later_needs_no_container(tools, probe, engine):
    arguments = ["--platform", "linux/amd64", "--docker-image", IMAGE, "--json"]
    populate(tools, probe, *arguments, stand_in=engine)
    done = populate(tools, probe, *arguments, "-w", "prompt", "-w", "lua", stand_in=engine)
    assert ("lua", "stored") in {row[2:] for row in rows(done)}, done
    if engine:
        assert len(engine.runs) == 1, "the stored IR serves it"


def test_a_header_that_does_not_compile_is_told_with_clang_s_words(tools, probe, engine):
    (probe / "include" / "a.h").write_text('#include "nowhere.h"\n' + "wrong x;\n" * 20)
    done = populate(tools, probe, "--platform", "linux/amd64", "--docker-image", IMAGE, stand_in=engine, check=False)
    assert_clear(done, "x86_64-linux-gnu:\nerror: in the container of image `{}`:\n  `include/a.h` does not".format(IMAGE),
                 "nowhere.h")
    assert "  error: " not in done.err and "  x86_64-linux-gnu:" not in done.err, str(done)
    assert "failed: " in done.out and not list((probe / ".headerkit").rglob("ir.json"))


def test_too_long_is_ended(tools, probe, engine):
    if engine:
        engine = StandIn(probe.parent / "slow", "import time; time.sleep(60)")
    # A header that takes its time: the container must not outlive the limit.
    (probe / "include" / "a.h").write_text(HEADER + "int x{};\n".format(";\nint x".join(map(str, range(400000)))))
    start = time.time()
    done = populate(tools, probe, "--platform", "linux/amd64", "--docker-image", IMAGE, "--timeout", "1",
                    stand_in=engine, check=False)
    assert_clear(done, "was ended after 1 seconds", "--timeout")
    assert time.time() - start < 60
    if engine:
        (kill,) = (argv for argv in engine.calls if argv[0] == "kill")
        assert kill[1] == engine.runs[0][engine.runs[0].index("--name") + 1]
    else:
        left = run(real_engine()[0], "ps", "-a", "--format", "{{.Names}}")
        assert "headerkit-" not in left.out, left
    assert not list(probe.rglob("ir.json"))


def test_killed_half_way_the_store_is_sound(tools, probe, engine):
    populate(tools, probe, "--platform", "linux/amd64", "--docker-image", IMAGE, stand_in=engine)
    run(tools.binary, "cache", "clear", "--output", cwd=probe)
    # What is killed leaves its temporary files: here they are the test's.
    temporary = probe.parent / "tmp"
    temporary.mkdir()
    for delay in (0.5, 1.5, 3):
        command = [tools.binary, "cache", "populate", "--engine", "docker", "--wheel", tools.wheels, "--platform",
                   "linux/amd64", "--docker-image", IMAGE, "-D", "N={}".format(delay)]
        process = subprocess.Popen(list(map(str, command)), cwd=probe, env=environment(tools, engine, TMPDIR=str(temporary)),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
        # The index is written last; a kill may come between it and an entry. No entry may be damaged.
        found = json.loads(run(tools.binary, "store", "verify", "--json", cwd=probe, check=False).out)["problems"]
        assert all("left over" in row["problem"] or row["entry"] == "index.json" for row in found), found
        assert owners(probe) == {os.getuid()}
    # The next run that is left alone heals the index.
    populate(tools, probe, "--platform", "linux/amd64", "--docker-image", IMAGE, "-D", "N=0", stand_in=engine)
    found = json.loads(run(tools.binary, "store", "verify", "--json", cwd=probe, check=False).out)["problems"]
    assert all("left over" in row["problem"] for row in found), found


# The stand-in alone


def option(argv, flag):
    return [argv[at + 1] for at, word in enumerate(argv) if word == flag]


def test_the_command_line(tools, tmp_path):
    tables = '[tool.headerkit.cache.populate]\nplatforms = ["linux/arm64", "linux/arm/v7/musl"]\n' \
             'python_versions = ["3.12", "3.13"]\ncontainer_args = ["--network=none"]\n' \
             '[tool.headerkit.cache.populate.images]\n"linux/arm64" = "registry.example/arm:1"\n'
    probe = make(tmp_path / "project", tables)
    planned = json.loads(populate(tools, probe, "--dry-run", "--json", PATH="/nonexistent").out)
    assert {row["outcome"] for row in planned["outputs"]} == {"to be stored"}
    first, second = planned["commands"]
    assert "--platform linux/arm64 " in first and " registry.example/arm:1 -c SCRIPT headerkit '3.12 3.13' " in first
    assert "--platform linux/arm/v7 " in second and " quay.io/pypa/musllinux_1_2_armv7l " in second
    assert second.endswith("cache populate --engine native --json --target armv7-linux-musleabihf --")
    assert not (probe / ".headerkit").exists()
    stand_in = StandIn(tmp_path / "bin")
    python = "{}.{}".format(*sys.version_info[:2])
    populate(tools, probe, "--target", "x86_64-unknown-linux-gnu", "--python", "3", "--python", python,
             "-q", stand_in=stand_in, check=False)
    assert not stand_in.calls, "3 is no version"
    populate(tools, probe, "--target", "x86_64-unknown-linux-gnu", "--python", "3.99", "--python", python, "-D", "A=b c",
             "--exclude", "x y", "--backend-arg=-Wno-all", stand_in=stand_in)
    (argv,) = stand_in.runs
    at = argv.index("--entrypoint")
    assert argv[at : at + 3] == ["--entrypoint", "/bin/sh", "quay.io/pypa/manylinux_2_28_x86_64"]
    assert argv[at + 3] == "-c" and argv[at + 5 : at + 7] == ["headerkit", "3.99 " + python]
    assert argv[at + 7 :] == ["cache", "populate", "--engine", "native", "--json", "--target", "x86_64-linux-gnu", "-D",
                              "A=b c", "--exclude", "x y", "--backend-arg=-Wno-all", "--"]
    assert argv[:3] == ["run", "--rm", "--name"] and option(argv, "--user") == ["0:0"] and "--network=none" in argv
    assert option(argv, "--mount")[0] == "type=bind,source={},target=/headerkit/project,readonly".format(probe)
    assert len(option(argv, "--mount")) == 2 and all(mount.endswith(",readonly") for mount in option(argv, "--mount"))
    assert option(argv, "--env") == ["PYTHONPATH=/headerkit/package", "LIBCLANG_PATH=/headerkit/package/clang/native"]


def test_variables_of_the_configuration_are_passed_on(tools, tmp_path):
    probe = make(tmp_path / "project", '[tool.headerkit.writer.json]\nindent = 2\n')
    text = (probe / "pyproject.toml").read_text()
    text = text.replace('include_dirs = ["include"]', 'include_dirs = ["${INCLUDES}"]\ndefines = ["W=${WORD}"]')
    (probe / "pyproject.toml").write_text(text)
    stand_in = StandIn(tmp_path / "bin")
    populate(tools, probe, "--platform", "linux/amd64", stand_in=stand_in, INCLUDES=str(probe / "include"), WORD="7")
    (argv,) = stand_in.runs
    assert {"INCLUDES=/headerkit/project/include", "WORD"} <= set(option(argv, "--env"))


def test_each_store_key_costs_one_container(tools, tmp_path):
    stand_in = StandIn(tmp_path / "bin")
    probe = make(tmp_path / "project")
    populate(tools, probe, "--platform", "linux/amd64", "--platform", "linux/x86_64", "--target", "x86_64-linux-gnu",
             "--target", "x86_64-pc-linux-gnu", stand_in=stand_in)
    assert len(stand_in.runs) == 1
    rule = '[tool.headerkit]\nwriters = ["json"]\n[tool.headerkit.headers."a.h"]\ntarget = "x86_64-linux-gnu"\n'
    other = tmp_path / "other"
    other.mkdir()
    (other / "pyproject.toml").write_text(rule)
    (other / "a.h").write_text("int f(void);\n")
    done = populate(tools, other, "--platform", "linux/amd64", "--platform", "linux/arm64", "--json", stand_in=stand_in)
    assert [row[3] for row in rows(done)] == ["stored"] and len(stand_in.runs) == 2


def test_podman_is_found_where_there_is_no_docker(tools, probe, tmp_path):
    stand_in = StandIn(tmp_path / "bin", name="podman")
    for name in ("sh", "tar", "mktemp", "cat", "tr", "ls", "sed", "env", "dirname"):
        (tmp_path / "bin" / name).symlink_to(next(p for p in ("/usr/bin/" + name, "/bin/" + name) if os.path.exists(p)))
    env = dict(environment(tools), PATH=str(stand_in.folder), HEADERKIT_PYTHON=str(tools.python))
    done = run(tools.binary, "cache", "populate", "--engine", "docker", "--wheel", tools.wheels, "--platform",
               "linux/amd64", "--json", cwd=probe, env=env)
    assert rows(done) == STORED and len(stand_in.runs) == 1
    env["PATH"] = str(tmp_path / "nothing")
    none = run(tools.binary, "cache", "populate", "--engine", "docker", "--platform", "linux/amd64", cwd=probe, env=env,
               check=False)
    assert_clear(none, "no container engine was found: looked for docker and podman", "--engine clang")
    podman = run(tools.binary, "cache", "populate", "--engine", "podman", "--platform", "linux/amd64", cwd=probe, env=env,
                 check=False)
    assert_clear(podman, "looked for podman on PATH")


@pytest.mark.parametrize(
    "behaviour, said",
    [
        ("sys.exit('Unable to find image') if False else (sys.stderr.write('no such image\\n'), sys.exit(125))",
         ["status 125", "no such image", "docker pull --platform linux/amd64 image:1"]),
        ("sys.stderr.write('docker: Error response from daemon: pull access denied for image\\n'); sys.exit(125)",
         ["pull access denied", "check the name `image:1`", "docker login"]),
        ("sys.stderr.write('no matching manifest for linux/amd64 in the manifest list entries\\n'); sys.exit(125)",
         ["`image:1` is not made for linux/amd64", "[tool.headerkit.cache.populate.images]"]),
        ("sys.stderr.write('dial tcp: lookup quay.io: no such host\\n'); sys.exit(125)", ["the registry of `image:1` cannot be reached"]),
        ("sys.stderr.write('permission denied while trying to connect to unix:///var/run/docker.sock\\n'); sys.exit(126)",
         ["this user may not use docker", "usermod -aG docker", "--engine podman"]),
        ("sys.stderr.write('Cannot connect to the Docker daemon at unix:///x.sock. Is it running?\\n'); sys.exit(125)",
         ["systemctl start docker"]),
        ("sys.stderr.write('the image has none of the Pythons asked for: 3.99\\n'); sys.exit(64)",
         ["none of the Pythons", "`--python`", "needs no Python"]),
        ("sys.stderr.write('exec /bin/sh: exec format error\\n'); sys.exit(1)", ["does not run linux/amd64", "binfmt"]),
        ("sys.stderr.write('sh: not found\\n'); sys.exit(127)", ["status 127", "needs `/bin/sh` and `tar`"]),
        ("sys.stdout.write('hello'); sys.exit(0)", ["gave no usable answer", "`tar`"]),
        ("sys.exit(0)", ["gave no usable answer: it has no report"]),
        ("import signal; os.kill(os.getpid(), signal.SIGKILL)", ["failed with status of a signal"]),
    ],
)
def test_an_image_that_fails(tools, probe, tmp_path, behaviour, said):
    stand_in = StandIn(tmp_path / "bin", behaviour)
    done = populate(tools, probe, "--platform", "linux/amd64", "--docker-image", "image:1", stand_in=stand_in, check=False)
    assert_clear(done, *said)
    assert "failed: " in done.out and not (probe / ".headerkit").exists()


def test_one_platform_that_fails_does_not_stop_the_others(tools, probe, tmp_path):
    stand_in = StandIn(tmp_path / "bin", "if 'linux/arm64' in sys.argv: sys.exit(125)")
    done = populate(tools, probe, "--platform", "linux/arm64", "--platform", "linux/amd64", "--platform", "macos/arm64",
                    stand_in=stand_in, check=False)
    # There is no wheel of ours for arm64 here, so that the first fails before there is a container.
    assert "the wheel of headerkit-backend==" in done.err and "--wheel DIR" in done.err
    assert "no container has the system headers of `aarch64-macos`" in done.err
    assert done.code == 1 and done.out.endswith("4 outputs: 2 failed, 2 stored\n")


def test_what_is_wrong_is_said_with_its_place(tools, tmp_path):
    bad = make(tmp_path / "a", '[tool.headerkit.cache.populate]\nplatforms = ["linux/amd46"]\n')
    assert_clear(populate(tools, bad, "--dry-run", check=False), "pyproject.toml:9:", "no platform `linux/amd46`",
                 "did you mean `linux/amd64`?")
    bad = make(tmp_path / "b", '[tool.headerkit.cache.populate.images]\n"linux/amd46" = "x"\n')
    assert_clear(populate(tools, bad, "--platform", "linux/amd64", "--dry-run", check=False), "pyproject.toml:9:",
                 "no platform `linux/amd46`")
    bad = make(tmp_path / "c", '[tool.headerkit.cache.populate.images]\n"linux/amd64" = "--privileged"\n')
    assert_clear(populate(tools, bad, "--platform", "linux/amd64", "--dry-run", check=False),
                 "`--privileged` cannot be the image for linux/amd64")
    for arguments, said in [
        (["--python", "3; rm"], "`3; rm` is no version of Python"),
        (["--timeout", "0"], "leaves no time"),
        (["--wheel", "nowhere"], "`--wheel nowhere` is no folder"),
    ]:
        assert_clear(populate(tools, bad, "--platform", "linux/amd64", *arguments, check=False), said, code=2)


def test_native_is_this_machine_for_itself(tools, probe):
    done = run(tools.binary, "cache", "populate", "--engine", "native", "--json", cwd=probe,
               env=tools.environment(libclang=True))
    assert {row[3] for row in rows(done)} == {"stored"}
    other = run(tools.binary, "cache", "populate", "--engine", "native", "--platform", "macos/arm64", cwd=probe,
                check=False)
    assert_clear(other, "`--engine native` stores for this machine", code=2)
