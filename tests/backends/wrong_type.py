"""Returns what PEP 517 does not allow."""
import pathlib


def get_requires_for_build_wheel(config_settings=None):
    return ["ok", 3]


def get_requires_for_build_sdist(config_settings=None):
    return None


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    return pathlib.PurePosixPath("x.whl")
