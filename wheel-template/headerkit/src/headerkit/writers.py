"""Writers of your own: see :mod:`headerkit_backend.writers`."""

from headerkit_backend.writers import *  # noqa: F403
