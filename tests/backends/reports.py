"""Returns what it sees of the world."""
import json
import os
import sys


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    names = [n for n in os.environ if n.startswith(("_PYPROJECT_HOOKS_", "PEP517_", "PIP_BUILD_TRACKER"))]
    seen = {"path": sys.path, "argv": sys.argv[1:], "env": sorted(names), "stdin": sys.stdin.read()}
    return json.dumps(seen)
