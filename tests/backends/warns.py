"""Warns its user, and its developers."""
import warnings


def get_requires_for_build_wheel(config_settings=None):
    warnings.warn("this key is deprecated", UserWarning)
    warnings.warn("internal", DeprecationWarning)
    return ("one", "two >= 2")
