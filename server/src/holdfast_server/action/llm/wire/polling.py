"""Looking again before the loop sleeps: what comes within a moment finds everything still warm.

A process that sleeps has to be woken, and finds its caches cold: where one call at a time is made, that costs
more than the call. So once something left whose answer may come at once, the loop looks for it for a while,
as Linux does with the queue of a socket (`SO_BUSY_POLL`). Where answers take longer it soon stops trying.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic_ns
from typing import Final

NS_PER_US: Final = 1_000
PASSED_MAX: Final = 1_023
"""So many chances are passed over at most after one that brought nothing."""


class BusyPoll:
    """Keeps one loop awake for a moment."""

    __slots__ = ("_awake", "_look_on", "_passed", "_soon", "_spared", "_until_ns", "_within_ns")

    def __init__(self, soon: Callable[[Callable[[], None]], object], *, within_us: int) -> None:
        """Begin.

        Args:
            soon: does something once this turn of the loop is over, before it sleeps.
            within_us: for how long to look, in microseconds; 0 for not at all.
        """
        self._soon, self._within_ns = soon, within_us * NS_PER_US
        self._look_on = self._look
        self._awake = False
        self._until_ns = self._passed = self._spared = 0

    def expect(self) -> None:
        """Something left: an answer may come at once."""
        if self._awake:
            # The last chance brought this.
            self._passed = 0
        elif self._spared:
            self._spared -= 1
            return
        else:
            self._awake = True
            self._soon(self._look_on)
        self._until_ns = monotonic_ns() + self._within_ns

    def _look(self) -> None:
        if monotonic_ns() < self._until_ns:
            self._soon(self._look_on)
            return
        self._awake = False
        self._passed = self._spared = min(2 * self._passed + 1, PASSED_MAX)
