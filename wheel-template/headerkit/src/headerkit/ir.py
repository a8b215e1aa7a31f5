"""A parsed header as objects: see :mod:`headerkit_backend.ir`."""

from headerkit_backend.ir import *  # noqa: F403
