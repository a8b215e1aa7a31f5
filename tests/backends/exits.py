"""Ends the interpreter in every way that Python offers."""
import os
import sys


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    sys.exit(3)


def build_sdist(sdist_directory, config_settings=None):
    sys.exit("please install a compiler")


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    os._exit(4)
