"""The bill of materials of a wheel: valid CycloneDX, true, the same wherever the wheel is built, and to be switched off."""

import hashlib
import json
import subprocess
import sys

from project import HEADERKIT, Project, check_record, members, run, unpack
from test_extensions import SCALE_C, TABLE, built, native  # noqa: F401 (a fixture)
from test_static_libraries import LIBRARY, MODULE, vendored  # noqa: F401 (a fixture)

PLACE = "demo-1.0.0.dist-info/sboms/headerkit-backend.cdx.json"
USES_ZLIB = "#include <zlib.h>\n" + SCALE_C.replace("value *", "zlibVersion()[0] * value *")
SOURCES = {"include/demo.h", "include/detail/types.h"}


def document(wheel, place=PLACE):
    check_record(wheel)
    content = members(wheel)[place].decode()
    assert_valid(content)
    return json.loads(content)


def assert_valid(text):
    """The schema of CycloneDX, and that every reference has its component."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    parsed = json.loads(text)
    known = [component["bom-ref"] for component in parsed["components"]]
    assert len(set(known)) == len(known)
    (dependency,) = parsed["dependencies"]
    assert dependency["ref"] == parsed["metadata"]["component"]["bom-ref"] and dependency["dependsOn"] == known
    assert "serialNumber" not in parsed and "timestamp" not in parsed["metadata"]


def files(components):
    return {part["name"]: part["hashes"][0]["content"] for part in components if part["type"] == "file"}


def libraries(sbom, linkage):
    found = [part for part in sbom["components"] if part["type"] == "library"]
    return {part["name"]: part for part in found if part["properties"][0]["value"] == linkage}


def tools_of(sbom):
    return {tool["name"]: tool.get("version") for tool in sbom["metadata"]["tools"]["components"]}


def test_bindings_tell_their_headers(project, tmp_path):
    made = project()
    wheel = made.build_wheel(tmp_path / "dist", libclang=True).value
    sbom = document(wheel)
    expected = {name: hashlib.sha256(made.read(name).encode()).hexdigest() for name in SOURCES}
    assert files(sbom["components"]) == expected and not libraries(sbom, "dynamic")
    version = run(made.tools.binary, "--version").out.split()[-1]
    assert tools_of(sbom) == {"headerkit-backend": version}
    component = sbom["metadata"]["component"]
    assert (component["name"], component["version"], component["purl"]) == ("demo", "1.0.0", "pkg:pypi/demo@1.0.0")
    assert str(tmp_path) not in json.dumps(sbom)


def test_the_document_is_the_same_wherever_the_wheel_is_built(project, tmp_path):
    made = project()
    direct = made.warm.build_wheel(tmp_path / "dist", libclang=True).value.read_bytes()
    # From the store, without libclang; from the sdist; from another place; without any store.
    assert made.build_wheel(tmp_path / "stored").value.read_bytes() == direct
    sdist = made.build_sdist(tmp_path / "sdist").value
    unpacked = Project(unpack(sdist, tmp_path / "unpacked"), made.tools, made.inner)
    assert unpacked.build_wheel(tmp_path / "from").value.read_bytes() == direct
    settings = {"headerkit.no-cache": "true"}
    assert made.build_wheel(tmp_path / "fresh", settings=settings, libclang=True).value.read_bytes() == direct


def test_it_can_be_left_out_and_says_nothing_of_others(project, tmp_path):
    made = project(headerkit=HEADERKIT + "[tool.headerkit.wheel]\nsbom = false\n")
    wheel = made.build_wheel(tmp_path / "dist", libclang=True).value
    assert PLACE not in members(wheel)
    nothing = project(name="nothing", headerkit="")
    assert PLACE not in members(nothing.build_wheel(tmp_path / "nothing-dist").value)


def test_modules_tell_their_compiler_and_libraries(vendored, tmp_path):  # noqa: F811
    made = vendored(table=LIBRARY + MODULE.replace('["scale"]', '["scale", "z"]'))
    made.write("vendor/scale.c", USES_ZLIB)
    sbom = document(built(made, tmp_path))
    said = subprocess.check_output(["gcc", "-dumpfullversion"], text=True).strip()
    assert tools_of(sbom)["gcc"] == said
    assert "libz.so.1" in libraries(sbom, "dynamic") and list(libraries(sbom, "static")) == ["scale"]
    scale = libraries(sbom, "static")["scale"]
    assert files(scale["components"])["vendor/scale.c"] == hashlib.sha256(USES_ZLIB.encode()).hexdigest()
    assert str(tmp_path) not in json.dumps(sbom)


def test_zig_is_named(native, tmp_path):  # noqa: F811
    sbom = document(built(native(table=TABLE + 'compiler = "zig"\n'), tmp_path))
    said = subprocess.check_output([sys.executable, "-m", "ziglang", "version"], text=True).strip()
    assert tools_of(sbom)["zig"] == said


def test_a_compiler_is_asked_once(native, tmp_path):  # noqa: F811
    log = tmp_path / "log"
    compiler = tmp_path / "mycc"
    compiler.write_text('#!/bin/sh\necho "$*" >> "{}"\nexec gcc "$@"\n'.format(log))
    compiler.chmod(0o755)
    made = native().warm
    first = built(made, tmp_path, CC=str(compiler)).read_bytes()
    assert log.read_text().split().count("--version") == 1
    log.unlink()
    # Nothing is to be done, so nothing is started.
    assert built(made, tmp_path, CC=str(compiler)).read_bytes() == first and not log.exists()
