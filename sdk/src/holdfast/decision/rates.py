"""Rates: how many calls fit into any window of so many seconds, by tool, agent or model."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Annotated, Final, Literal

import msgspec

from holdfast.action import Kind

SECOND: Final = 1_000_000_000
Of = Literal["tool", "agent", "model"]
RATES_MAX: Final = 1_000
"""Rates of one bundle."""
EACH: Final = "*"


class RateTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At most so many calls within any window of this length; one more is refused and told when to return."""

    of: Of
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

    def wait_ns(self, now_ns: int, calls: int | None = None) -> int:
        """How long until one more fits; 0 when it does.

        Args:
            now_ns: the time.
            calls: how many fit, when that is less than the terms say.
        """
        times, most = self._times, self.terms.calls if calls is None else calls
        if len(times) < most:
            return 0
        return max(0, times[-most] + self._length_ns - now_ns)

    def take(self, now_ns: int) -> None:
        """Count one call."""
        self._times.append(now_ns)


Wanted = tuple[RateTerms, str]
"""A rate that a call counts in, and whose it is."""


def rates_of(rates: Iterable[RateTerms], kind: Kind, target: str, agent: str) -> tuple[Wanted, ...]:
    """The rates that a call counts in; of several for the same time and the same name the strictest."""
    found: dict[tuple[str, float], Wanted] = {}
    for terms in rates:
        name = agent if terms.of == "agent" else target
        concerns = terms.of == "agent" or (kind is Kind.MODEL) == (terms.of == "model")
        if concerns and terms.name in {EACH, name}:
            same = (terms.of, terms.per_s)
            other = found.get(same)
            if other is None or terms.calls < other[0].calls:
                found[same] = (terms, name)
    return tuple(found.values())
