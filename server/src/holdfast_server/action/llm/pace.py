"""How fast shipping goes: it rests most of the time while a worker is busy and no core is free for both.

A record can wait in the journal, a caller cannot. Reading bodies again and storing them costs several times
what the call did, so whoever ships at full speed beside a busy worker halves it. Nothing waits for ever:
after a while there is no rest any more, nor once the journal holds all that it may.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import msgspec

from holdfast_server.action.llm.slots import read_pid

SHARE: Final = 0.1
"""Of the time, what shipping takes while it gives way."""
WORK_S: Final = 0.5
"""What it does in one go, so that the server stores a large block instead of many small ones."""
REST_S_MAX: Final = 5.0
"""The server hears of what happens at least so often."""
LOOK_S: Final = 0.2
BUSY: Final = 0.5
"""Of a core: workers that want so much of one are busy."""
FREE: Final = 1.0
"""Cores: with less left over by what is not nice, whoever stores records is in the way of a busy worker."""
_TICK: Final = os.sysconf("SC_CLK_TCK")
_NS: Final = 1_000_000_000
_PROC: Final = Path("/proc")


class Use(msgspec.Struct, frozen=True):
    """Processor time so far, in seconds."""

    wanted_s: float
    """By workers: what they got, and what they waited for."""
    taken_s: float
    """By everything on this machine that is not nice."""
    all_s: float
    """Of all cores together, idle or not."""


class Pace:
    """Works and rests."""

    def __init__(
        self,
        use: Callable[[], Use | None],
        wait: Callable[[float], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin.

        Args:
            use: reads what is used; None where that cannot be known.
            wait: rests for so many seconds; true when there is no time for rests any more.
            clock: seconds.
        """
        self._use, self._wait, self._clock = use, wait, clock
        self._worked_s = 0.0

    def worked(self, took_s: float, *, pressed: bool) -> None:
        """Take note of work, and rest from it while workers need the cores.

        Args:
            took_s: how long it took.
            pressed: whether so much waits that there must be no rest.
        """
        self._worked_s += took_s
        if pressed or self._worked_s < WORK_S:
            return
        until = self._clock() + min(REST_S_MAX, self._worked_s * (1 / SHARE - 1))
        self._worked_s = 0.0
        before = self._use()
        while self._clock() < until and not self._wait(LOOK_S):
            now = self._use()
            if not _is_crowded(before, now):
                return
            before = now


def read_use(folders: Iterable[Path]) -> Use | None:
    """What the workers of these folders, and everything else here, used so far."""
    try:
        line = (_PROC / "stat").read_text().partition("\n")[0]
        user, nice, system, idle, waiting, *other = [int(ticks) for ticks in line.split()[1:9]]
    except (OSError, ValueError):
        return None
    taken = user + system + sum(other)
    return Use(sum(map(_wanted_s, folders)), taken / _TICK, (taken + nice + idle + waiting) / _TICK)


def _wanted_s(folder: Path) -> float:
    try:
        got, waited, _ = (_PROC / str(read_pid(folder)) / "schedstat").read_text().split()
    except (OSError, ValueError):
        return 0.0
    return (int(got) + int(waited)) / _NS


def _is_crowded(before: Use | None, now: Use | None) -> bool:
    if before is None or now is None or now.all_s <= before.all_s:
        return False
    all_s = now.all_s - before.all_s
    length_s = all_s / (os.cpu_count() or 1)
    left_s = all_s - (now.taken_s - before.taken_s)
    return now.wanted_s - before.wanted_s >= BUSY * length_s and left_s < FREE * length_s
