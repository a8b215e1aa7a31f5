"""Leaves the process in another state than it found it in."""
import os
import sys


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    found = os.getcwd()
    os.chdir("/")
    os.environ["HEADERKIT_TEST_LEAK"] = "1"
    sys.path.clear()
    return found
