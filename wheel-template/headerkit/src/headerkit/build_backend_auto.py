"""`build-backend = "headerkit.build_backend_auto"`: libclang may become a build requirement.

That is the default already; this name additionally overrides a configuration that says otherwise.
"""

import os

import headerkit_backend
from headerkit_backend import *  # noqa: F403

os.environ.setdefault("HEADERKIT_AUTO_INSTALL_LIBCLANG", "1")


def __getattr__(name: str) -> object:
    return getattr(headerkit_backend, name)
