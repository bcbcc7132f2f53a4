"""The tries of one call: the next one is decided when the last one failed, by what is known then.

```text
next ──► Chosen ──► told(good) ──────────────────────────► over
  ▲         └─────► told(failed) ──► next: another target, at once
  │                                  next: Wait, then the same one again, if the route's budget allows
  └── Wait ◄──────────────────────── next: None, what failed last goes to the client
```

Another target is asked at once, with no limit but `tries`: no upstream gets a call twice by that. Only asking
the same one again multiplies its load, so only that draws on the budget.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from holdfast_server.action.llm.config import Route
from holdfast_server.action.llm.routing.outcomes import FALLS_BACK, REPEATS, SECOND, Kind
from holdfast_server.action.llm.routing.resolving import Candidate
from holdfast_server.action.llm.routing.retrying import Chance, RetryBudget, wait_s
from holdfast_server.action.llm.routing.upstreams import Place, Upstream, Upstreams

_GOOD = Kind.GOOD
Why: TypeAlias = Literal["first", "fallback", "repeat", "hedge", "escalation"]


class Wait(msgspec.Struct, frozen=True):
    """Ask again after so long."""

    s: float


class Chosen(msgspec.Struct, frozen=True, eq=False):
    """One try: where the call goes now. Whoever gets one tells the router what came of it, once."""

    candidate: Candidate
    """The same object for every call that goes there, for as long as a configuration holds."""
    why: Why
    attempt: int
    """1 for the first."""
    upstream: Upstream
    plan: Plan

    @property
    def place(self) -> Place:
        """Where it goes, by name."""
        return self.candidate.place


class Plan(msgspec.Struct, eq=False):
    """The tries of one call."""

    route: Route
    _open: list[Candidate]
    """Those that were not asked yet, in the order in which they are."""
    _upstreams: Upstreams
    _budget: RetryBudget
    _chance: Chance
    who: str
    """The session that stays with the target which answers; empty for nobody."""
    attempts: int = 0
    last: Kind | None = None
    """What came of the last try; None before the first."""
    over: bool = False
    waits_s: float | None = None
    """When nothing could be asked: how long until something may be."""
    _failed: dict[Place, tuple[Candidate, Kind]] = {}
    _ready: Candidate | None = None
    _ready_ns: int = 0
    _repetitions: int = 0
    _stale: bool = False
    _why: Why = "first"

    def next(self, now_ns: int) -> Chosen | Wait | None:
        """Where the call goes now; None when nothing is left to try."""
        if self._ready is not None:
            return self._again(self._ready, now_ns)
        if self.over or (self.attempts and self.attempts >= self.route.tries):
            return None
        return self._other(now_ns) or self._repeat(now_ns)

    @property
    def has_more(self) -> bool:
        """Whether there is a target that was not asked yet, and a try left for it."""
        return bool(self._open) and self.attempts < self.route.tries

    def hedge(self, now_ns: int) -> Chosen | None:
        """A second target while the first is still silent, when the route hedges and its budget allows."""
        if self.over or not self.route.hedge_ms or not self._open or not self._budget.take():
            return None
        self._why = "hedge"
        return self._other(now_ns)

    def escalates(self, confidence: float) -> bool:
        """Whether an answer is not believed and the next target is to be asked: `next` gives it then."""
        terms = self.route.escalate
        if terms is None or confidence >= terms.threshold or not self._open:
            return False
        if self.attempts >= max(1, self.route.tries):
            return False
        self.over, self._why = False, "escalation"
        return True

    def told(self, one: Candidate, kind: Kind, now_ns: int) -> None:
        """What came of a try; the router calls this."""
        self.last = kind
        if kind is _GOOD:
            self.over = True
            return
        if kind is Kind.STALE and not self._stale:
            # Nothing was sent, so nothing was tried: the same one again, once, on a new connection.
            self._stale = True
            self.attempts -= 1
            self._ready, self._ready_ns = one, now_ns
            return
        self.over = self.over or (kind is not Kind.STALE and kind not in FALLS_BACK)
        self._failed[one.place] = one, kind
        self._why = "fallback"

    def _other(self, now_ns: int) -> Chosen | None:
        """The first target that was not asked yet and does not rest."""
        for place, one in enumerate(self._open):
            upstream = self._upstreams.of(one.place)
            if upstream.take(now_ns):
                del self._open[place]
                return self._chosen(one, self._why, upstream)
        return None

    def _repeat(self, now_ns: int) -> Chosen | Wait | None:
        """One that may be well in a moment: asked already, or left alone because it said "too much"."""
        found = self._soonest(now_ns)
        if found is None:
            return None
        one, asked_s = found
        fresh = one in self._open
        wait = wait_s(self._repetitions + 1, self._chance, asked_s=asked_s)
        if fresh and (wait is None or self.route.tries <= 1):
            # Nobody waits for so long, and nobody says "too much" better than the one who means it.
            return self._again(one, now_ns)
        if wait is None or not (fresh or self._budget.take()):
            return None
        self._repetitions += 1
        self._ready, self._ready_ns = one, now_ns + round(wait * SECOND)
        return Wait(wait)

    def _soonest(self, now_ns: int) -> tuple[Candidate, float | None] | None:
        """The target that is free first, and how long it is to be left alone; None when all are down."""
        asked = [one for one, kind in self._failed.values() if kind in REPEATS]
        found: list[tuple[float, int, Candidate]] = []
        self.waits_s = None
        for order, one in enumerate([*self._open, *asked]):
            upstream = self._upstreams.of(one.place)
            rests_s = max(0.0, (upstream.back_ns - now_ns) / SECOND)
            self.waits_s = rests_s if self.waits_s is None else min(self.waits_s, rests_s)
            if not upstream.is_down:
                found.append((rests_s, order, one))
        if not found:
            return None
        rests_s, _, one = min(found, key=lambda each: each[:2])
        return one, rests_s or None

    def _again(self, one: Candidate, now_ns: int) -> Chosen | Wait | None:
        if now_ns < self._ready_ns:
            return Wait((self._ready_ns - now_ns) / SECOND)
        self._ready = None
        upstream = self._upstreams.of(one.place)
        if not upstream.take(now_ns, insist=True):
            return None
        if one in self._open:
            self._open.remove(one)
            return self._chosen(one, self._why, upstream)
        self._failed.pop(one.place, None)
        return self._chosen(one, "repeat", upstream)

    def _chosen(self, one: Candidate, why: Why, upstream: Upstream) -> Chosen:
        self.attempts += 1
        return Chosen(one, why, self.attempts, upstream, self)
