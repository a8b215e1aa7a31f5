"""Fails like a bug does."""


def _helper():
    raise ValueError("no such thing")


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    try:
        _helper()
    except ValueError as error:
        raise RuntimeError("the build broke") from error
