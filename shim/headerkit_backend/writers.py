"""Writers of your own: a class with ``write(header)``, known by an entry point or by :func:`register_writer`.

``python -m headerkit_backend.writers NAME`` is how the binary runs one: IR on standard input, options as JSON in
``HEADERKIT_WRITER_OPTIONS``, output on standard output. With ``--describe`` it says what it knows of each name.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import importlib.metadata
import inspect
import json
import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any, Optional, Protocol

from .errors import UnknownWriterError
from .ir import Header

__all__ = ["Writer", "get_writer", "list_writers", "register_writer"]

GROUP = "headerkit.writers"
"""The entry point group: the name of an entry point is the writer's, its object the class."""


class Writer(Protocol):
    """What a writer is. Its constructor takes the configured options as keyword arguments.

    Optional class attributes: ``cache_output = False`` keeps outputs out of the store; ``cache_version`` (a string or
    number) is part of the store's key, and by default the version of the distribution and the class's source are;
    ``output_extension`` (``".txt"``) and ``default_output_pattern`` (``"{dir}/{stem}.NAME.txt"``) name the output.
    """

    @property
    def name(self) -> str: ...

    @property
    def format_description(self) -> str: ...

    def write(self, header: Header) -> str: ...


class _Registered:
    def __init__(self, cls: Any, description: Optional[str], version: str) -> None:
        self.cls = cls
        self.description = description
        self.version = version


_registered: dict[str, _Registered] = {}
_default = "cffi"


def register_writer(name: str, cls: Any, is_default: bool = False, description: Optional[str] = None) -> None:
    """Makes a writer class known to this process under a name.

    The commands and build hooks run in other processes: make the class known to them by an entry point of the group
    ``headerkit.writers``, or by naming the module that calls this function in ``plugins`` of ``[tool.headerkit]``.
    """
    if not (name and name[0] != "." and all(c.isascii() and (c.isalnum() or c in "_-.") for c in name)):
        raise ValueError("a writer's name is made of letters, digits, `_`, `-` and `.`, not {!r}".format(name))
    if not callable(getattr(cls, "write", None)):
        raise TypeError("the writer {!r} has no method `write`".format(name))
    known = _registered.get(name)
    if name in _built_in() or (known is not None and known.cls is not cls):
        raise ValueError("there is a writer {!r} already".format(name))
    _registered[name] = _Registered(cls, description, "")
    if is_default:
        global _default
        _default = name


def list_writers() -> list[str]:
    """The names of all writers: built in, registered, and of entry points."""
    return sorted({*_built_in(), *_registered, *_entry_points()})


def get_writer(name: Optional[str] = None, **options: Any) -> Writer:
    """A writer with these options; without a name the default one, which is ``cffi`` unless another registered so."""
    name = _default if name is None else name
    if name in _built_in():
        return _BuiltIn(name, options)
    found = _find(name)
    if found is None:
        raise UnknownWriterError("there is no writer `{}`; writers: {}".format(name, ", ".join(list_writers())))
    writer: Writer = found.cls(**options)
    return writer


class _BuiltIn:
    """A writer of the binary."""

    def __init__(self, name: str, options: Mapping[str, Any]) -> None:
        self.name = name
        self.format_description: str = _built_in()[name]["description"]
        self.output_extension: str = _built_in()[name]["output_extension"]
        self.default_output_pattern: str = _built_in()[name]["default_output_pattern"]
        self._options = dict(options)

    def write(self, header: Header) -> str:
        from ._binary import call

        arguments = {"writer": self.name, "options": self._options, "ir": json.dumps(header.to_dict())}
        result, _ = call("write", arguments)
        text: str = result["text"]
        return text


@functools.lru_cache(maxsize=None)
def _built_in() -> dict[str, Any]:
    from ._binary import call

    result, _ = call("writers", {})
    return {writer["name"]: writer for writer in result}


@functools.lru_cache(maxsize=None)
def _entry_points() -> dict[str, importlib.metadata.EntryPoint]:
    if sys.version_info >= (3, 10):
        return {entry.name: entry for entry in importlib.metadata.entry_points(group=GROUP)}
    return {entry.name: entry for entry in importlib.metadata.entry_points().get(GROUP, ())}


def _find(name: str) -> Optional[_Registered]:
    known = _registered.get(name)
    if known is None and name in _entry_points():
        entry = _entry_points()[name]
        distribution = getattr(entry, "dist", None)
        version = "" if distribution is None else distribution.version
        known = _registered[name] = _Registered(entry.load(), None, version)
    return known


def describe(names: Iterable[str], plugins: Iterable[str] = ()) -> dict[str, Optional[dict[str, Any]]]:
    """What the binary must know of each writer; ``None`` for those that do not exist."""
    for plugin in plugins:
        try:
            importlib.import_module(plugin)
        except Exception as error:
            problem = "{}: {} (in the plug-in module {!r})".format(type(error).__name__, error, plugin)
            return {name: {"error": problem} for name in names}
    return {name: _facts(name) for name in names}


def _facts(name: str) -> Optional[dict[str, Any]]:
    try:
        known = _find(name)
    except Exception as error:
        # An output in the store needs no writer: whether this is an error is not decided here.
        return {"error": "{}: {}".format(type(error).__name__, error)}
    if known is None:
        return None
    version = getattr(known.cls, "cache_version", None)
    if not isinstance(version, (str, int)):
        version = _source_version(known)
    extension = getattr(known.cls, "output_extension", None)
    pattern = getattr(known.cls, "default_output_pattern", None)
    return {
        "version": None if version is None else str(version),
        "cache_output": getattr(known.cls, "cache_output", True) is not False and version is not None,
        "output_extension": extension if isinstance(extension, str) else None,
        "default_output_pattern": pattern if isinstance(pattern, str) else None,
    }


def _source_version(known: _Registered) -> Optional[str]:
    """Changes with the file of the class and with its distribution's version; ``None`` where there is no file."""
    try:
        with open(inspect.getfile(known.cls), "rb") as stream:
            digest = hashlib.sha256(stream.read().replace(b"\r\n", b"\n")).hexdigest()
    except (OSError, TypeError):
        return None
    return "{}+{}".format(known.version, digest[:16])


def write(name: str, options: Mapping[str, Any], ir: str) -> str:
    """Runs a writer of this interpreter."""
    text = get_writer(name, **options).write(Header.from_json(ir))
    if not isinstance(text, str):
        raise TypeError("the writer {!r} returned {}, not str".format(name, type(text).__name__))
    return text


def main(arguments: list[str]) -> int:
    """The command; what writers print goes to standard error, because standard output is the result."""
    output, sys.stdout = sys.stdout, sys.stderr
    plugins = []
    while arguments and arguments[0].startswith("--plugin="):
        plugins.append(arguments.pop(0).partition("=")[2])
    if arguments[:1] == ["--describe"]:
        text = json.dumps(describe(arguments[1:], plugins))
    else:
        describe((), plugins)
        options = json.loads(os.environ.get("HEADERKIT_WRITER_OPTIONS") or "{}")
        text = write(arguments[0], options, sys.stdin.buffer.read().decode("utf-8"))
    output.buffer.write(text.encode("utf-8"))
    output.flush()
    return 0


if __name__ == "__main__":
    # Plug-ins import this module under its own name, and must find the same registry.
    from headerkit_backend.writers import main as _main

    sys.exit(_main(sys.argv[1:]))
