"""`python -m headerkit_backend` is the command `headerkit-backend`."""

import os
import sys

from . import find_binary


def main():
    command = [find_binary()] + sys.argv[1:]
    if os.name == "nt":
        # Windows has no exec: the caller would see this process end before the binary does.
        import subprocess

        return subprocess.call(command)
    os.execv(command[0], command)


if __name__ == "__main__":
    sys.exit(main())
