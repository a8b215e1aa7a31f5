"""`build-backend = "headerkit.build_backend"`."""

import headerkit_backend
from headerkit_backend import *  # noqa: F403


def __getattr__(name: str) -> object:
    return getattr(headerkit_backend, name)
