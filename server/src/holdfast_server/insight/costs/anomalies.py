"""What cost far more than the agent's own past says, with a false alarm rate that can be stated.

Nothing is assumed of how costs are spread. A value is an anomaly when so few of the m values before it were
as high that an ordinary one would be called so at most at the stated rate, (k + 1) / (m + 1) for k as high
ones; and when it is at least twice the median, so that nobody is called for a cent.
"""

from __future__ import annotations

import bisect
from collections import defaultdict, deque
from collections.abc import Iterable
from typing import Final

import msgspec

RATE: Final = 0.005
"""At most so many of what is ordinary are called anomalies, once the past is long enough."""
BASELINE_MIN: Final = 30
BASELINE_MAX: Final = 1_000
TIMES_MIN: Final = 2.0
FAR: Final = 5.0
"""An anomaly so many times the highest of the past stays out of it, so that it does not hide the next one.

Only such: whoever leaves out everything odd makes the ordinary look odd, four times as often as stated when
it was tried."""
STREAK: Final = 10
"""So many of these in a row are a new level, and become a part of the past."""


class Found(msgspec.Struct, frozen=True):
    """One anomaly."""

    place: int
    """Which of the values."""
    usual: float
    baseline: int
    rate: float


class Watch:
    """The past of one agent, and a look at each value as it comes."""

    def __init__(self, rate: float = RATE) -> None:
        self._rate = rate
        self._ordered: list[float] = []
        self._recent: deque[float] = deque()
        self._streak: list[float] = []

    @property
    def ready(self) -> bool:
        """Whether there is enough of a past to judge by."""
        return len(self._ordered) >= BASELINE_MIN

    def look(self, value: float, place: int = 0) -> Found | None:
        """Judge a value by what came before it, and remember it."""
        found = self._judge(value, place)
        if found is None or value < FAR * self._ordered[-1]:
            self._streak.clear()
            self._keep(value)
        else:
            self._streak.append(value)
            if len(self._streak) >= STREAK:
                for one in self._streak:
                    self._keep(one)
                self._streak.clear()
        return found

    def _judge(self, value: float, place: int) -> Found | None:
        size = len(self._ordered)
        if size < BASELINE_MIN:
            return None
        usual = self._ordered[size // 2]
        allowed = max(0, int(self._rate * (size + 1)) - 1)
        as_high = size - bisect.bisect_left(self._ordered, value)
        if as_high > allowed or value <= 0 or value < TIMES_MIN * usual:
            return None
        return Found(place, usual, size, (allowed + 1) / (size + 1))

    def _keep(self, value: float) -> None:
        bisect.insort(self._ordered, value)
        self._recent.append(value)
        if len(self._recent) > BASELINE_MAX:
            oldest = self._recent.popleft()
            del self._ordered[bisect.bisect_left(self._ordered, oldest)]


def find_anomalies(values: Iterable[float], *, rate: float = RATE) -> tuple[list[Found], Watch]:
    """Look at values in their order.

    Args:
        values: the costs of one agent's runs, or hours, oldest first.
        rate: how often something ordinary may be called an anomaly.
    """
    watch = Watch(rate)
    found = [one for place, value in enumerate(values) if (one := watch.look(value, place))]
    return found, watch


def by_agent(rows: Iterable[tuple[str, int, str, int]]) -> dict[str, list[tuple[int, str, int]]]:
    """(agent, when, run, micro-USD) rows, apart by agent, each in order."""
    apart: defaultdict[str, list[tuple[int, str, int]]] = defaultdict(list)
    for agent, when, run, micro_usd in rows:
        apart[agent].append((when, run, micro_usd))
    return {agent: sorted(some) for agent, some in apart.items()}
