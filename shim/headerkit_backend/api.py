"""Generating from Python: ``from headerkit import generate``.

Each call runs the binary once, whatever the number of headers and writers. The project's configuration applies, as on
the command line: the project is the nearest directory upwards from the working directory with a ``pyproject.toml`` or
``.headerkit.toml``, and what is passed here is added to its lists and replaces its other values. Relative paths start
at the working directory.

Keyword arguments that several functions share:

``code``
    The text to parse in place of the header's file, which need not exist; ``#include "..."`` starts at its directory.
    Bound is what the text declares, and what the headers declare that it includes.
``include_dirs``, ``defines``, ``extra_args``
    ``-I``, ``-D`` (``NAME`` or ``NAME=VALUE``) and any other arguments of clang.
``store_dir``, ``no_cache``, ``no_ir_cache``, ``no_output_cache``
    The store's directory, and which of it to bypass.
``target``
    The target triple; by default the running interpreter's.
``scope``, ``language``
    Which declarations are bound (``"header"``, ``"library"``, ``"umbrella"``, ``"all"``), and ``"c"`` or ``"c++"``.
``backend_name``
    ``"libclang"``, the only parser.
``auto_install_libclang``
    Accepted and without effect: ``pip install libclang-ng`` brings a libclang.

What is left out of the bindings is told by a :class:`~headerkit_backend.errors.HeaderkitWarning`, and what is merely
worth knowing by the logger ``headerkit``.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional, Union

from . import _binary, writers as _writers
from .errors import (
    ConfigError,
    HeaderkitError,
    HeaderkitWarning,
    HeaderNotFoundError,
    LibclangUnavailableError,
    OutputError,
    ParseError,
    SelectionError,
    TargetError,
    UnknownWriterError,
    WriterError,
    WriterOptionError,
)
from .ir import Header
from .writers import Writer, get_writer, list_writers, register_writer

__all__ = [
    "BatchResult",
    "ConfigError",
    "GenerateResult",
    "Header",
    "HeaderNotFoundError",
    "HeaderkitError",
    "HeaderkitWarning",
    "LibclangUnavailableError",
    "MergeResult",
    "OutputError",
    "ParseError",
    "SelectionError",
    "TargetError",
    "UnknownWriterError",
    "Writer",
    "WriterError",
    "WriterOptionError",
    "batch_generate",
    "check_output_collisions",
    "detect_process_triple",
    "generate",
    "generate_all",
    "get_writer",
    "json_to_header",
    "list_writers",
    "register_writer",
    "resolve_headers",
    "resolve_output_path",
    "resolve_target",
    "store_merge",
]

StrPath = Union[str, "os.PathLike[str]"]


@dataclass(frozen=True)
class GenerateResult:
    """One output."""

    writer_name: str
    output: str
    output_path: Optional[Path]
    """Where it was written, if it was."""
    from_cache: bool
    """Whether it came from the store."""


@dataclass(frozen=True)
class BatchResult:
    """What :func:`batch_generate` did."""

    results: list[GenerateResult]
    headers_processed: int
    headers_skipped: int
    """Always 0: a header that cannot be bound is an error."""


@dataclass(frozen=True)
class MergeResult:
    """What :func:`store_merge` did, in numbers of entries."""

    new_entries: int = 0
    skipped_entries: int = 0
    overwritten_entries: int = 0
    errors: list[str] = field(default_factory=list)


def generate(
    header_path: StrPath,
    writer_name: Optional[str] = None,
    *,
    code: Optional[str] = None,
    backend_name: Optional[str] = None,
    include_dirs: Optional[Iterable[StrPath]] = None,
    defines: Optional[Iterable[str]] = None,
    extra_args: Optional[Iterable[str]] = None,
    writer_options: Optional[Mapping[str, object]] = None,
    output_path: Optional[StrPath] = None,
    store_dir: Optional[StrPath] = None,
    no_cache: bool = False,
    no_ir_cache: bool = False,
    no_output_cache: bool = False,
    project_prefixes: Optional[Sequence[str]] = None,
    auto_install_libclang: Optional[bool] = None,
    target: Optional[str] = None,
    scope: Optional[str] = None,
    language: Optional[str] = None,
) -> str:
    """Binds one header with one writer, by default ``json``, and returns the text.

    ``writer_options`` are the options of this writer. Only with ``output_path`` is a file written. Below directories
    of ``project_prefixes``, everything that is included is bound too.
    """
    writer = "json" if writer_name is None else writer_name
    result = _generate(
        headers=[header_path],
        code=code,
        writers=[writer],
        backend=backend_name,
        include_dirs=include_dirs,
        defines=defines,
        extra_args=extra_args,
        own=[os.fspath(prefix).rstrip("/") + "/**" for prefix in project_prefixes or ()],
        writer_options={writer: writer_options or {}},
        outputs={} if output_path is None else {writer: output_path},
        store_dir=store_dir,
        no_cache=no_cache,
        no_ir_cache=no_ir_cache,
        no_output_cache=no_output_cache,
        target=target,
        scope=scope,
        language=language,
    )
    text: str = result["outputs"][0]["text"]
    return text


def generate_all(
    header_path: StrPath,
    writers: Optional[Iterable[str]] = None,
    *,
    code: Optional[str] = None,
    backend_name: Optional[str] = None,
    include_dirs: Optional[Iterable[StrPath]] = None,
    defines: Optional[Iterable[str]] = None,
    extra_args: Optional[Iterable[str]] = None,
    writer_options: Optional[Mapping[str, Mapping[str, object]]] = None,
    output_dir: Optional[StrPath] = None,
    output_paths: Optional[Mapping[str, StrPath]] = None,
    store_dir: Optional[StrPath] = None,
    no_cache: bool = False,
    no_ir_cache: bool = False,
    no_output_cache: bool = False,
    project_prefixes: Optional[Sequence[str]] = None,
    auto_install_libclang: Optional[bool] = None,
    target: Optional[str] = None,
    scope: Optional[str] = None,
    language: Optional[str] = None,
) -> list[GenerateResult]:
    """Binds one header with several writers, by default ``json`` alone, from one parse.

    ``writer_options`` and ``output_paths`` go by the names of the writers. Files are written for those in
    ``output_paths``; with ``output_dir`` the others are written there, under the names that the writers choose.
    """
    result = _generate(
        headers=[header_path],
        code=code,
        writers=["json"] if writers is None else list(writers),
        backend=backend_name,
        include_dirs=include_dirs,
        defines=defines,
        extra_args=extra_args,
        own=[os.fspath(prefix).rstrip("/") + "/**" for prefix in project_prefixes or ()],
        writer_options=writer_options or {},
        outputs=output_paths or {},
        output_dir=output_dir,
        store_dir=store_dir,
        no_cache=no_cache,
        no_ir_cache=no_ir_cache,
        no_output_cache=no_output_cache,
        target=target,
        scope=scope,
        language=language,
    )
    return _results(result)


def batch_generate(
    *,
    patterns: Iterable[str],
    exclude_patterns: Optional[Iterable[str]] = None,
    writers: Optional[Iterable[str]] = None,
    backend_name: Optional[str] = None,
    include_dirs: Optional[Iterable[StrPath]] = None,
    defines: Optional[Iterable[str]] = None,
    extra_args: Optional[Iterable[str]] = None,
    writer_options: Optional[Mapping[str, Mapping[str, object]]] = None,
    output_templates: Optional[Mapping[str, str]] = None,
    store_dir: Optional[StrPath] = None,
    no_cache: bool = False,
    no_ir_cache: bool = False,
    no_output_cache: bool = False,
    auto_install_libclang: Optional[bool] = None,
    target: Optional[str] = None,
    scope: Optional[str] = None,
    language: Optional[str] = None,
    project_root: Optional[StrPath] = None,
    header_overrides: Optional[Mapping[str, Mapping[str, object]]] = None,
) -> BatchResult:
    """Binds all headers that patterns such as ``include/**/*.h`` select, and writes every output.

    Without ``writers`` those of the configuration run. Templates know ``{stem}``, ``{name}`` and ``{dir}``; a writer
    without one uses the configuration's or its own. ``header_overrides`` adds ``include_dirs``, ``defines`` and
    ``extra_args`` for the headers that a pattern matches.
    """
    result = _generate(
        headers=list(patterns),
        exclude=list(exclude_patterns or ()),
        writers=list(writers or ()),
        backend=backend_name,
        include_dirs=include_dirs,
        defines=defines,
        extra_args=extra_args,
        writer_options=writer_options or {},
        outputs=output_templates or {},
        store_dir=store_dir,
        no_cache=no_cache,
        no_ir_cache=no_ir_cache,
        no_output_cache=no_output_cache,
        target=target,
        scope=scope,
        language=language,
        project=project_root,
        header_overrides=header_overrides or {},
        write_all=True,
    )
    return BatchResult(_results(result), result["headers"], 0)


def store_merge(*, sources: Iterable[StrPath], target: StrPath) -> MergeResult:
    """Copies the entries of several stores into one; nothing is lost."""
    result, _ = _binary.call("store_merge", {"sources": list(sources), "target": target})
    return MergeResult(**result)


def resolve_headers(
    patterns: Iterable[str], exclude_patterns: Iterable[str], project_root: StrPath
) -> tuple[list[Path], dict[Path, list[str]]]:
    """The headers that patterns select, sorted, and for each the patterns that do."""
    arguments = {"patterns": list(patterns), "exclude": list(exclude_patterns), "project": project_root}
    result, _ = _binary.call("headers", arguments)
    found = {Path(path): matched for path, matched in result.items()}
    return sorted(found), found


def resolve_output_path(template: str, header_path: StrPath, project_root: StrPath) -> Path:
    """The path that an output template gives for a header."""
    arguments = {"template": template, "header": header_path, "project": project_root}
    result, _ = _binary.call("output_path", arguments)
    return Path(result)


def check_output_collisions(resolved_paths: Mapping[tuple[Path, str], Path]) -> None:
    """Raises ValueError if two pairs of header and writer have one output path."""
    seen: dict[Path, tuple[Path, str]] = {}
    for pair, path in resolved_paths.items():
        other = seen.setdefault(path, pair)
        if other is not pair:
            who = ["`{}` (writer `{}`)".format(header, writer) for header, writer in (other, pair)]
            raise SelectionError("`{}` is the output of both {} and {}".format(path, *who))


def detect_process_triple() -> str:
    """The target triple of the running interpreter, such as ``x86_64-linux-gnu``."""
    result, _ = _binary.call("process_target", {})
    return str(result)


def resolve_target(
    *, target: Optional[str] = None, project_root: Optional[StrPath] = None, allow_cross_env: bool = True
) -> str:
    """The target triple of a run: ``target``, else ``HEADERKIT_TARGET``, else the configuration's, else this process's.

    ``allow_cross_env`` is accepted and without effect.
    """
    result, _ = _binary.call("target", {"target": target, "project": project_root or os.getcwd()})
    return str(result)


def json_to_header(data: Union[str, bytes, Mapping[str, Any]]) -> Header:
    """Reads what the ``json`` writer makes."""
    return Header(data) if isinstance(data, Mapping) else Header.from_json(data)


def _generate(**arguments: Any) -> dict[str, Any]:
    for name in ("include_dirs", "defines", "extra_args"):
        arguments[name] = list(arguments[name] or ())
    answer = _Answers()
    try:
        result, messages = _binary.call("generate", arguments, answer)
    except HeaderkitError as error:
        _warn(error.warnings)
        if answer.raised is not None:
            raise error from answer.raised
        raise
    _warn(messages)
    found: dict[str, Any] = result
    return found


def _warn(messages: Iterable[str]) -> None:
    """Warns at the call of the function that the user has called."""
    for message in messages:
        warnings.warn(message, HeaderkitWarning, stacklevel=4)


class _Answers:
    """Describes and runs this process's writers for the binary."""

    def __init__(self) -> None:
        self.raised: Optional[Exception] = None

    def __call__(self, question: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            if question["ask"] == "describe":
                return {"writers": _writers.describe(question["names"], question["plugins"])}
            return {"text": _writers.write(question["name"], question["options"], question["ir"])}
        except Exception as error:
            self.raised = error
            return {"error": "{}: {}".format(type(error).__name__, error)}


def _results(result: Mapping[str, Any]) -> list[GenerateResult]:
    return [
        GenerateResult(
            writer_name=output["writer"],
            output=output["text"],
            output_path=None if output["path"] is None else Path(output["path"]),
            from_cache=output["cached"],
        )
        for output in result["outputs"]
    ]
