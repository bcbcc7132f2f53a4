"""Memory that was freed stays with the process for a while: asking for it again costs more than keeping it.

A block of spans is some twenty megabytes that come and go many times a second. Fresh pages have to be
cleared, which on a virtual machine took one part in twelve of storing.
"""

from __future__ import annotations

import ctypes
import sys
from typing import Final

KEPT_BYTES: Final = 64 * 1024 * 1024
"""Freed at the end of the heap, and not given back."""
APART_BYTES: Final = 16 * 1024 * 1024
"""Pieces from this size on come from the system each, and go back to it at once."""
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # malloc.h


def keep_freed() -> None:
    """Say so to glibc; another C library does as it likes."""
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_TRIM_THRESHOLD, KEPT_BYTES)
        mallopt(_MMAP_THRESHOLD, APART_BYTES)
