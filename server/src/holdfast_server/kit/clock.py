"""The time, as an argument."""

from __future__ import annotations

import time
from collections.abc import Callable

Clock = Callable[[], int]
"""Nanoseconds since the epoch."""

system_clock: Clock = time.time_ns
