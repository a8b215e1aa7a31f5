"""`python -m headerkit_backend` is the command `headerkit-backend`."""

from __future__ import annotations

import os
import sys

from . import find_binary


def main() -> int:
    # Writers in Python run with this interpreter.
    os.environ.setdefault("HEADERKIT_PYTHON", sys.executable)
    command = [find_binary()] + sys.argv[1:]
    if os.name == "nt":
        # Windows has no exec: the caller would see this process end before the binary does.
        import subprocess

        return subprocess.call(command)
    os.execv(command[0], command)


if __name__ == "__main__":
    sys.exit(main())
