"""Rates: how many calls fit into any window of so many seconds, by tool, agent or model."""

from __future__ import annotations

from collections import deque
from typing import Annotated, Final, Literal

import msgspec

SECOND: Final = 1_000_000_000
RATES_MAX: Final = 1_000
"""Rates of one bundle."""
EACH: Final = "*"


class RateTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At most so many calls within any window of this length; one more is refused and told when to return."""

    of: Literal["tool", "agent", "model"]
    calls: Annotated[int, msgspec.Meta(ge=1, le=100_000)]
    per_s: Annotated[float, msgspec.Meta(gt=0, le=86_400)]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=256)] = EACH
    """Whose rate it is; `*` gives every one of them a window of its own."""


class SlidingWindow:
    """The times of the latest calls: exact, no burst at the seam of two windows."""

    __slots__ = ("_length_ns", "_times", "terms")

    def __init__(self, terms: RateTerms) -> None:
        self.terms = terms
        self._length_ns = round(terms.per_s * SECOND)
        self._times: deque[int] = deque(maxlen=terms.calls)

    def wait_ns(self, now_ns: int) -> int:
        """How long until one more fits; 0 when it does."""
        times = self._times
        if len(times) < (times.maxlen or 0):
            return 0
        return max(0, times[0] + self._length_ns - now_ns)

    def take(self, now_ns: int) -> None:
        """Count one call."""
        self._times.append(now_ns)

    def give_back(self) -> None:
        """The call was not made after all."""
        if self._times:
            self._times.pop()
