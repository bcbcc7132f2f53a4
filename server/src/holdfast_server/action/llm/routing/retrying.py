"""Asking the same upstream once more: never more often than can be borne, never all at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

RESERVE: Final = 10.0
"""Repetitions that a route has to begin with, and at most."""
WAIT_S: Final = 0.25
"""The longest first wait; twice as long each time."""
WAIT_MAX_S: Final = 8.0
"""No client is kept waiting for longer between two tries, whatever the provider asks for."""

Chance = Callable[[], float]
"""A number from 0 up to, but not including, 1."""


class RetryBudget:
    """Repetitions left to a route: when most calls fail, repeating them all would finish the upstream off."""

    __slots__ = ("left", "ratio")

    def __init__(self, ratio: float) -> None:
        self.ratio = ratio
        """How much of a repetition every call earns: 0.2 repeats one of five in the long run."""
        self.left = RESERVE

    def earn(self) -> None:
        """A call came in."""
        self.left = min(self.left + self.ratio, RESERVE)

    def take(self) -> bool:
        """Use one repetition, if there is one left."""
        if self.ratio <= 0 or self.left < 1:
            return False
        self.left -= 1
        return True


def wait_s(repetition: int, chance: Chance, *, asked_s: float | None = None) -> float | None:
    """How long to wait before this repetition, the first being 1; None when nobody would wait for so long.

    All of the wait is left to chance, so that many who failed together do not come back together. What the
    provider asked for is waited out in full, with chance on top.
    """
    longest = min(WAIT_S * 2 ** min(repetition - 1, 16), WAIT_MAX_S)
    if asked_s is None:
        return longest * chance()
    if asked_s > WAIT_MAX_S:
        return None
    return asked_s + min(longest, WAIT_S) * chance()
