"""Containers for the tests: a real engine where the machine has one, a stand-in that records its command line."""

import json
import os
import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

# An image with Pythons under /opt/python, /bin/sh, tar and a C library's headers.
IMAGE = os.environ.get("HEADERKIT_TEST_IMAGE", "localhost/manylinux_bookworm:1")

# Runs on this machine what the container would: paths of the container become those that are mounted there.
STAND_IN = """\
#!{python}
import json, os, subprocess, sys
record = {record!r}
with open(record, "a") as stream:
    stream.write(json.dumps({{"argv": sys.argv[1:], "pid": os.getpid()}}) + "\\n")
if sys.argv[1] != "run":
    sys.exit(0)
exec({behaviour!r})
words = sys.argv[2:]
mounts, env, workdir, at = {{}}, {{}}, None, 0
while words[at].startswith("-"):
    if words[at] == "--rm" or "=" in words[at]:
        at += 1
        continue
    flag, value = words[at], words[at + 1]
    if flag == "--mount":
        import csv
        (fields,) = csv.reader([value])
        fields = dict(field.partition("=")[::2] for field in fields)
        mounts[fields["target"]] = fields["source"]
    elif flag == "--env":
        name, given, text = value.partition("=")
        env[name] = text if given else os.environ.get(name, "")
    elif flag == "--workdir":
        workdir = value
    elif flag == "--entrypoint":
        entrypoint = value
    at += 2

def here(text):
    for target, source in mounts.items():
        text = text.replace(target, source)
    return text

image, *command = words[at:]
# Only the script is code: a path with a quote must not end a string there.
script = command[1].replace("/headerkit/package/bin", '"$PACKAGE"/bin')
rest = [here(word) for word in command[2:]]
env = dict(os.environ, PACKAGE=mounts["/headerkit/package"], **{{name: here(text) for name, text in env.items()}})
sys.exit(subprocess.call([entrypoint, command[0], script, *rest], env=env, cwd=here(workdir)))
"""


class StandIn:
    """A folder with a `docker` for PATH, and what it was called with."""

    def __init__(self, folder, behaviour="", name="docker"):
        self.folder = Path(folder)
        self.folder.mkdir()
        self.record = self.folder / "record.jsonl"
        self.record.touch()
        script = self.folder / name
        text = STAND_IN.format(python=sys.executable, record=str(self.record), behaviour=behaviour)
        script.write_text(text)
        script.chmod(0o755)

    @property
    def calls(self):
        return [json.loads(line)["argv"] for line in self.record.read_text().splitlines()]

    @property
    def runs(self):
        return [argv for argv in self.calls if argv[0] == "run"]


@lru_cache(maxsize=None)
def real_engine():
    """The name of an engine on PATH that runs our image, and why there is none."""
    reasons = []
    for name in ("docker", "podman"):
        if not shutil.which(name):
            reasons.append(name + " is not on PATH")
            continue
        try:
            done = subprocess.run([name, "run", "--rm", IMAGE, "true"], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=120)
        except subprocess.TimeoutExpired:
            reasons.append(name + " does not end")
            continue
        if not done.returncode:
            return name, ""
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        reasons.append("{} does not run {}: {}".format(name, IMAGE, said[-1] if said else done.returncode))
    return None, "; ".join(reasons)
