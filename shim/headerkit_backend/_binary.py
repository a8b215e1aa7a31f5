"""One call of the binary: a line of JSON out, questions answered on the way, a line of JSON back."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from typing import Any, Optional

from . import _PROTOCOL, _facts, find_binary
from .errors import HeaderkitError, named

Answer = Callable[[dict[str, Any]], Mapping[str, Any]]


def call(name: str, arguments: Mapping[str, Any], answer: Optional[Answer] = None) -> tuple[Any, list[str]]:
    """Returns the result and the warnings; raises what the binary names."""
    request = {"protocol": _PROTOCOL, "call": name, "arguments": arguments, "python": _facts()}
    command = [find_binary(), "api"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        try:
            line = _exchange(process.stdin, process.stdout, request)
            while line and answer is not None and "ask" in line:
                line = _exchange(process.stdin, process.stdout, answer(line))
        except BaseException:
            process.kill()
            raise
        finally:
            try:
                process.stdin.close()
            except BrokenPipeError:
                pass
    if not line:
        raise HeaderkitError("headerkit-backend ended with status {} and no answer".format(process.returncode))
    if line["error"]:
        error = named(line["error"]["kind"], line["error"]["text"])
        if isinstance(error, HeaderkitError):
            error.warnings = line["warnings"]
        raise error
    if line["notes"]:
        import logging

        for note in line["notes"]:
            logging.getLogger("headerkit").info(note)
    return line["result"], line["warnings"]


def _exchange(stdin: Any, stdout: Any, message: Mapping[str, Any]) -> dict[str, Any]:
    text = json.dumps(message, ensure_ascii=False, default=os.fspath)
    try:
        stdin.write(text.encode("utf-8", "surrogateescape") + b"\n")
        stdin.flush()
    except BrokenPipeError:
        return {}
    line: dict[str, Any] = json.loads(stdout.readline() or b"{}")
    return line
