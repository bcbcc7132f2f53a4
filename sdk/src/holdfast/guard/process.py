"""The guard of this process: made once by `holdfast.init()`, found by every door."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable
from typing import Final

from holdfast.errors import Misconfigured
from holdfast.guard.guard import Guard

NOT_STARTED: Final = "nothing is governed yet"
_lock = threading.Lock()
_installed: Guard | None = None


def installed() -> Guard | None:
    """The guard, if there is one."""
    return _installed


def current() -> Guard:
    """The guard.

    Raises:
        Misconfigured: `holdfast.init()` was not called; nothing runs ungoverned by accident.
    """
    if _installed is None:
        raise Misconfigured(NOT_STARTED, hint="Call holdfast.init() first.")
    return _installed


def install(make: Callable[[], Guard]) -> Guard:
    """Make the guard of this process, unless there is one already; the one in force is returned."""
    global _installed  # noqa: PLW0603  # one process, one guard
    with _lock:
        if _installed is None:
            _installed = make()
            atexit.register(uninstall)
        return _installed


def uninstall() -> None:
    """Close the guard of this process, if there is one."""
    global _installed  # as above
    with _lock:
        guard, _installed = _installed, None
    if guard is not None:
        atexit.unregister(uninstall)
        guard.close()
