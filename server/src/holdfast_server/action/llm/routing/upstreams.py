"""How well each upstream does: its breaker, its delays, and until when it asked to be left alone."""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from statistics import median
from typing import Final, NamedTuple

from holdfast.decision.breakers import Breaker, BreakerTerms, Result, State
from holdfast_server.action.llm.routing.outcomes import FAILURES, SECOND, Kind

TERMS: Final = BreakerTerms(
    consecutive=5, runs=1, error_rate=0.5, calls_min=20, window_s=30, open_s=5, open_max_s=60, probes=1
)
"""Runs do not matter here: whoever calls, the same upstream failed."""
HALF_LIFE_S: Final = 30.0
"""After so long a delay that was seen counts half as much as one that is seen now."""
EIGHTH_NS: Final = round(-math.log2(0.875) * HALF_LIFE_S * SECOND)
"""After so long what was seen counts seven eighths."""
RECENT: Final = 101
UPSTREAMS_MAX: Final = 4_096
PAUSE_S: Final = 1.0
"""How long one is left alone that says there is too much and not for how long."""
PAUSE_MAX_S: Final = 60.0
"""Then it is asked again, whatever it said: an hour is a long time to believe one answer."""


_WELL: Final = Result("", 0)


class Place(NamedTuple):
    """An upstream: a model at a provider."""

    provider: str
    model: str


class Delay:
    """A delay that is averaged over time: new figures push old ones out, the faster the older those are."""

    __slots__ = ("_at_ns", "_recent", "ms")

    def __init__(self) -> None:
        self.ms: float | None = None
        """None until one was seen."""
        self._at_ns = 0
        self._recent: deque[float] = deque(maxlen=RECENT)

    def add(self, ms: float, now_ns: int) -> None:
        """Count one delay."""
        since_ns = now_ns - self._at_ns
        if self.ms is None:
            self.ms = ms
        else:
            # An eighth of what is new counts at once, so that many calls in one moment are averaged as well.
            kept = 0.875 if since_ns < EIGHTH_NS else 0.5 ** (since_ns / SECOND / HALF_LIFE_S)
            self.ms += (ms - self.ms) * (1 - kept)
        if since_ns > 0:
            self._at_ns = now_ns
        self._recent.append(ms)

    @property
    def p50_ms(self) -> float | None:
        """The median of the latest ones, for people to read; None until one was seen."""
        return median(self._recent) if self._recent else None


class Upstream:
    """What is known of one upstream."""

    __slots__ = ("breaker", "calls", "errors", "in_flight", "paused_ns", "place", "total", "ttft")

    def __init__(self, place: Place) -> None:
        self.place = place
        self.breaker = Breaker(TERMS)
        self.ttft = Delay()
        self.total = Delay()
        self.calls = 0
        self.errors = 0
        self.in_flight = 0
        self.paused_ns = 0
        """Until when it asked to be left alone."""

    @property
    def is_down(self) -> bool:
        """Whether it failed too often, and nobody found out yet that it is back."""
        return self.breaker.state is not State.CLOSED

    @property
    def back_ns(self) -> int:
        """When it may be asked again."""
        return max(self.paused_ns, self.breaker.retry_ns)

    def take(self, now_ns: int, *, insist: bool = False) -> bool:
        """Send a call there; False when it rests, or when enough others are finding out whether it is back.

        Args:
            now_ns: since the epoch.
            insist: also when it asked to be left alone; never when it is down.
        """
        if (now_ns < self.paused_ns and not insist) or not self.breaker.admit(now_ns):
            return False
        self.in_flight += 1
        return True

    def settle(self, kind: Kind, now_ns: int, *, wait_s: float | None = None, shared: bool = True) -> None:
        """Count what came of a call that was sent there and did not go well; `answered` counts the others.

        Args:
            kind: see `Kind`.
            now_ns: since the epoch.
            wait_s: how long it asked to be left alone.
            shared: whether all calls go there on one account, so that what it says to one it says to all.
        """
        self.in_flight -= 1
        if kind is Kind.GONE or kind is Kind.STALE:
            self.breaker.release()
            return
        self.calls += 1
        failed = kind in FAILURES
        self.errors += failed or kind is Kind.RATE_LIMIT
        self.breaker.settle(Result(kind.value if failed else "", 0), now_ns)
        if shared and (wait_s is not None or kind is Kind.RATE_LIMIT):
            pause_s = PAUSE_S if wait_s is None else min(wait_s, PAUSE_MAX_S)
            self.paused_ns = max(self.paused_ns, now_ns + round(pause_s * SECOND))

    def answered(self, now_ns: int, *, ttft_ms: float | None, total_ms: float | None) -> None:
        """Count a call that was answered, and how long that took."""
        self.in_flight -= 1
        self.calls += 1
        self.breaker.settle(_WELL, now_ns)
        if ttft_ms is not None:
            self.ttft.add(ttft_ms, now_ns)
        if total_ms is not None:
            self.total.add(total_ms, now_ns)

    @property
    def delay_ms(self) -> float | None:
        """What a caller waits for: the first token where that is known."""
        return self.total.ms if self.ttft.ms is None else self.ttft.ms


class Upstreams:
    """Every upstream that was ever asked, up to a number; the one not asked for longest is forgotten."""

    def __init__(self) -> None:
        self._known: OrderedDict[Place, Upstream] = OrderedDict()

    def of(self, place: Place) -> Upstream:
        """What is known of an upstream."""
        found = self._known.get(place)
        if found is None:
            found = self._known[place] = Upstream(place)
            if len(self._known) > UPSTREAMS_MAX:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(place)
        return found

    def list(self) -> list[Upstream]:
        """All that are known."""
        return list(self._known.values())
