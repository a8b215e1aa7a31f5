"""Build backend hooks (PEP 517, PEP 660) that hand each call to the headerkit-backend binary.

Nothing is decided here: the hook's name, its arguments and what only the running interpreter knows go out
as one JSON request, and one JSON response comes back.

The Python API is in :mod:`headerkit_backend.api`, which this module does not import: front ends start it for every hook.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Optional

    Settings = Optional[Mapping[str, Any]]

__all__ = [
    "UnsupportedOperation",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
]

_PROTOCOL = 1


class UnsupportedOperation(Exception):
    """The project's own backend cannot do this, and said so (PEP 517)."""


# Front ends probe for these: they exist only where the project's own backend has them.
_OPTIONAL = frozenset(
    ("build_editable", "prepare_metadata_for_build_editable", "prepare_metadata_for_build_wheel")
)
_capabilities: dict[str, list[str]] = {}


def get_requires_for_build_wheel(config_settings: Settings = None) -> list[str]:
    value: list[str] = _call("get_requires_for_build_wheel", config_settings=config_settings)
    return value


def get_requires_for_build_sdist(config_settings: Settings = None) -> list[str]:
    value: list[str] = _call("get_requires_for_build_sdist", config_settings=config_settings)
    return value


def get_requires_for_build_editable(config_settings: Settings = None) -> list[str]:
    value: list[str] = _call("get_requires_for_build_editable", config_settings=config_settings)
    return value


def build_wheel(
    wheel_directory: str, config_settings: Settings = None, metadata_directory: Optional[str] = None
) -> str:
    value: str = _call(
        "build_wheel",
        wheel_directory=wheel_directory,
        config_settings=config_settings,
        metadata_directory=metadata_directory,
    )
    return value


def build_sdist(sdist_directory: str, config_settings: Settings = None) -> str:
    value: str = _call("build_sdist", sdist_directory=sdist_directory, config_settings=config_settings)
    return value


def _build_editable(
    wheel_directory: str, config_settings: Settings = None, metadata_directory: Optional[str] = None
) -> str:
    value: str = _call(
        "build_editable",
        wheel_directory=wheel_directory,
        config_settings=config_settings,
        metadata_directory=metadata_directory,
    )
    return value


def _prepare_metadata_for_build_wheel(metadata_directory: str, config_settings: Settings = None) -> str:
    value: str = _call(
        "prepare_metadata_for_build_wheel",
        metadata_directory=metadata_directory,
        config_settings=config_settings,
    )
    return value


def _prepare_metadata_for_build_editable(metadata_directory: str, config_settings: Settings = None) -> str:
    value: str = _call(
        "prepare_metadata_for_build_editable",
        metadata_directory=metadata_directory,
        config_settings=config_settings,
    )
    return value


def __getattr__(name: str) -> Any:
    if name in _OPTIONAL:
        project = os.getcwd()
        if project not in _capabilities:
            _capabilities[project] = _call("capabilities")
        if name in _capabilities[project]:
            return globals()["_" + name]
    raise AttributeError("module {!r} has no attribute {!r}".format(__name__, name))


def _call(hook: str, **arguments: Any) -> Any:
    request = {
        "protocol": _PROTOCOL,
        "hook": hook,
        "project": os.getcwd(),
        "arguments": arguments,
        "python": _facts(),
    }
    output, status = _run([find_binary(), "hook", hook], _dumps(request))
    try:
        response = _loads(output)
    except ValueError:
        sys.stderr.write("error: headerkit-backend ended with status {} and no answer\n".format(status))
        raise SystemExit(1)
    for note in response["notes"]:
        sys.stderr.write("headerkit: {}\n".format(note))
    if response["warnings"]:
        import warnings

        for message in response["warnings"]:
            warnings.warn(message, UserWarning, stacklevel=3)
    if response.get("error"):
        if response["error"]["kind"] == "UnsupportedOperation":
            raise UnsupportedOperation(response["error"]["text"].strip().split(": ", 1)[-1])
        sys.stderr.write(response["error"]["text"])
        sys.stderr.flush()
        raise SystemExit(1)
    return response["result"]


# `json` imports `re`, which takes longer than everything else here together. The accelerator that it wraps imports
# nothing, but promises nothing either: wherever it is missing or differs, `json` does the work.
def _dumps(value: Any) -> bytes:
    try:
        from _json import encode_basestring, make_encoder

        encode = make_encoder(None, os.fspath, encode_basestring, None, ": ", ", ", False, False, True)
        text = "".join(encode(value, 0))
    except (ImportError, TypeError):
        import json

        text = json.dumps(value, ensure_ascii=False, default=os.fspath)
    return text.encode("utf-8", "surrogateescape")


def _loads(data: bytes) -> Any:
    """Raises ValueError for anything but one JSON value."""
    text = data.decode("utf-8")
    try:
        from _json import make_scanner

        context: Any = _Scanned
        value, end = make_scanner(context)(text, 0)
        if not text[end:].strip():
            return value
    except (ImportError, AttributeError, TypeError, StopIteration):
        pass
    import json

    return json.loads(text)


class _Scanned:
    """What the accelerator asks of a `json.JSONDecoder`."""

    strict = True
    object_hook = object_pairs_hook = parse_constant = None
    parse_float = float
    parse_int = int


def _facts() -> dict[str, Any]:
    """What only the interpreter knows about itself and its platform."""
    import sysconfig

    try:
        libc = os.confstr("CS_GNU_LIBC_VERSION")
    except (AttributeError, OSError, ValueError):
        libc = None
    return {
        "executable": sys.executable,
        "path": [entry for entry in sys.path if entry],
        "version": list(sys.version_info[:3]),
        "implementation": sys.implementation.name,
        "platform": sysconfig.get_platform(),
        "host_gnu_type": sysconfig.get_config_var("HOST_GNU_TYPE"),
        "libc": libc,
        "ext_suffix": sysconfig.get_config_var("EXT_SUFFIX"),
        "soabi": sysconfig.get_config_var("SOABI"),
        "include": sysconfig.get_path("include"),
    }


def _run(command: list[str], request: bytes) -> tuple[bytes, int]:
    """Runs the binary; returns its standard output and exit status."""
    if sys.platform == "win32" or not hasattr(os, "posix_spawn"):
        import subprocess

        done = subprocess.run(command, input=request, stdout=subprocess.PIPE)
        return done.stdout, done.returncode
    # subprocess would do, but importing it costs more than everything else here together.
    ours_in, theirs_out = os.pipe()
    theirs_in, ours_out = os.pipe()
    actions = [(os.POSIX_SPAWN_DUP2, theirs_in, 0), (os.POSIX_SPAWN_DUP2, theirs_out, 1)]
    pid = os.posix_spawn(command[0], command, os.environ, file_actions=actions)
    os.close(theirs_in)
    os.close(theirs_out)
    try:
        with os.fdopen(ours_out, "wb") as stream:
            stream.write(request)
    except BrokenPipeError:
        pass  # It ended without reading: its status and missing answer say so.
    with os.fdopen(ours_in, "rb") as stream:
        output = stream.read()
    return output, os.waitpid(pid, 0)[1]


def find_binary() -> str:
    """Path of the binary that this installation brought, whatever the install scheme."""
    name = "headerkit-backend.exe" if os.name == "nt" else "headerkit-backend"
    tried = []
    # --target puts it into TARGET/bin; prefixes, venvs, user sites and build overlays keep site-packages
    # at most three levels below the directory that has bin or Scripts.
    parent = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    for _ in range(4):
        tried += [os.path.join(parent, "bin"), os.path.join(parent, "Scripts")]
        parent = os.path.dirname(parent)
    # Editable installs keep this file in the source tree.
    import sysconfig

    tried.append(sysconfig.get_path("scripts"))
    if os.name + "_user" in sysconfig.get_scheme_names():
        tried.append(sysconfig.get_path("scripts", os.name + "_user"))
    for directory in tried:
        path = os.path.join(directory, name)
        if os.path.isfile(path):
            return path
    sys.stderr.write(
        "error: the binary {} is missing from the installation of headerkit-backend\n"
        "  looked in: {}\n"
        "hint: reinstall it with `pip install --force-reinstall headerkit-backend`\n".format(
            name, ", ".join(tried)
        )
    )
    raise SystemExit(1)
