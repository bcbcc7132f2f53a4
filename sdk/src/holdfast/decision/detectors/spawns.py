"""Sub-agents as they are started: how many below one outermost run, and how many within a minute."""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

from holdfast.action import Action, Kind

TIMES_MAX: Final = 10_000
TRACES_MAX: Final = 256
"""Outermost runs remembered in one session; the oldest is forgotten."""
MINUTE_NS: Final = 60_000_000_000
START: Final = Kind.START


def is_spawn(action: Action) -> bool:
    """Whether an agent starts another one."""
    return action.kind is START and len(action.chain) > 1


class Spawns:
    """What one session has started."""

    __slots__ = ("counts", "times")

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        """Sub-agents below each outermost run."""
        self.times: list[int] = []

    def add(self, trace: str, now_ns: int) -> None:
        """One more was started."""
        self.counts[trace] = self.counts.get(trace, 0) + 1
        if len(self.counts) > TRACES_MAX:
            del self.counts[next(iter(self.counts))]
        self.times.append(now_ns)
        del self.times[:-TIMES_MAX]

    def lately(self, now_ns: int) -> int:
        """How many within the last minute."""
        del self.times[: bisect_right(self.times, now_ns - MINUTE_NS)]
        return len(self.times)
