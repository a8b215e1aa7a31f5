"""What the functions of :mod:`headerkit_backend.api` raise and warn with."""

from __future__ import annotations

from collections.abc import Sequence


class HeaderkitError(Exception):
    """Any expected failure. The message says what to do next, where that is known."""

    warnings: Sequence[str] = ()
    """What there is to tell beside the failure, of other headers."""


class LibclangUnavailableError(HeaderkitError, RuntimeError):
    """An output is not in the store and there is no libclang to make it with."""


class ParseError(HeaderkitError, RuntimeError):
    """clang does not understand a header, or crashed, or hung."""


class WriterError(HeaderkitError, RuntimeError):
    """A writer of yours failed; what it raised is the cause, if it ran in this process."""


class WriterOptionError(HeaderkitError, ValueError):
    """A writer has no such option, or not with this value."""


class UnknownWriterError(HeaderkitError, ValueError):
    """There is no writer of this name."""


class ConfigError(HeaderkitError, ValueError):
    """The project's configuration, or an argument that stands for a key of it, cannot be used."""


class TargetError(HeaderkitError, ValueError):
    """Not a target triple."""


class SelectionError(HeaderkitError, ValueError):
    """A pattern matches nothing, a template has an unknown variable, or two outputs are one file."""


class HeaderNotFoundError(HeaderkitError, FileNotFoundError):
    """A header is neither on this machine nor in the store."""


class OutputError(HeaderkitError, OSError):
    """An output file cannot be written."""


class HeaderkitWarning(UserWarning):
    """Something was left out of the bindings, or made opaque, or the store could not be updated."""


_BY_NAME: dict[str, type[Exception]] = {
    error.__name__: error
    for error in (
        LibclangUnavailableError,
        ParseError,
        WriterError,
        WriterOptionError,
        UnknownWriterError,
        ConfigError,
        TargetError,
        SelectionError,
        HeaderNotFoundError,
        OutputError,
        TypeError,
        ValueError,
    )
}


def named(kind: str, message: str) -> Exception:
    """The exception that the binary names."""
    return _BY_NAME.get(kind, HeaderkitError)(message)
