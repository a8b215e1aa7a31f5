"""Talks on standard output by every route, then does its work."""
import os
import subprocess
import sys


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    print("print: building")
    os.write(1, b"fd 1: \xff\xfe not UTF-8\n")
    subprocess.check_call([sys.executable, "-c", "print('child: building')"])
    return "demo-1-py3-none-any.whl"
