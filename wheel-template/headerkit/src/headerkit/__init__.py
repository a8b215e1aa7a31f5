"""The names of headerkit; everything behind them is headerkit-backend.

Front ends import this package for every hook, so the API is imported when it is used.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from headerkit_backend.api import *  # noqa: F403


def __getattr__(name: str) -> object:
    if name.startswith("__") and name != "__all__":
        raise AttributeError("module {!r} has no attribute {!r}".format(__name__, name))
    from headerkit_backend import api

    if name in api.__all__ or name == "__all__":
        return getattr(api, name)
    raise AttributeError("module {!r} has no attribute {!r}".format(__name__, name))


def __dir__() -> list[str]:
    from headerkit_backend import api

    return sorted([*globals(), *api.__all__])
