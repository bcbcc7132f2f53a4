"""How often each tool may be called: an exact window over the latest calls of this process."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from holdfast.action import Rate


class Rates:
    """The latest calls of every tool that has a rate, and whether one more fits."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._calls: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def take(self, tool: str, rate: Rate) -> float:
        """Count one call; the seconds until it would fit when it does not, and then it is not counted."""
        with self._lock:
            now = self._now()
            calls = self._calls.get(tool)
            if calls is None or calls.maxlen != rate.calls:
                calls = self._calls[tool] = deque(calls or (), maxlen=rate.calls)
            if len(calls) == rate.calls and now - calls[0] < rate.per_s:
                return rate.per_s - (now - calls[0])
            calls.append(now)
            return 0.0
