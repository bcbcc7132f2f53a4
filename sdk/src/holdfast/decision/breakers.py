"""Breakers: what is down is not called again and again; after a while a few probes find out if it is back.

A breaker belongs to a tool, a model or a host, and to one process: whichever agent meets the failures, all
are spared them. A refusal of our own is no failure of theirs and never trips one.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final, Literal

import msgspec

BUCKETS: Final = 10
"""A window is counted in so many pieces; the oldest falls out as a whole."""
RUNS_MAX: Final = 8
"""Runs that are told apart among those that failed."""
WAIT_MAX_S: Final = 3_600.0
SECOND: Final = 1_000_000_000

Scope = Literal["tool", "model", "dependency"]
Share = Annotated[float, msgspec.Meta(gt=0, le=1)]
Seconds = Annotated[float, msgspec.Meta(gt=0, le=WAIT_MAX_S)]


class State(StrEnum):
    """Where a breaker is."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


# On CPython 3.11 `State.CLOSED` costs 0.2 µs each time; every call that ends asks for it.
CLOSED: Final = State.CLOSED
HALF_OPEN: Final = State.HALF_OPEN

STEPS: Final[Mapping[tuple[State, str], State]] = {
    (State.CLOSED, "trip"): State.OPEN,
    (State.OPEN, "wait"): State.HALF_OPEN,
    (State.HALF_OPEN, "good"): State.CLOSED,
    (State.HALF_OPEN, "bad"): State.OPEN,
    (State.OPEN, "reset"): State.CLOSED,
    (State.HALF_OPEN, "reset"): State.CLOSED,
}
"""Every step a breaker can take."""


class BreakerTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a breaker trips, and how it finds its way back."""

    consecutive: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 10
    """Failures in a row of one class."""
    runs: Annotated[int, msgspec.Meta(ge=1, le=RUNS_MAX)] = 2
    """How many runs must have met the failures: what one run does wrong by itself is for its detectors."""
    error_rate: Share = 0.5
    """Share of failures in the window."""
    slow_s: Annotated[float, msgspec.Meta(ge=0, le=WAIT_MAX_S)] = 0
    """A call that takes longer counts as slow; 0 counts none."""
    slow_rate: Share = 0.8
    """Share of slow calls in the window."""
    calls_min: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 20
    """Calls in the window before a share says anything."""
    window_s: Seconds = 60
    open_s: Seconds = 30
    """How long it stays open; twice as long each time the probes fail, up to `open_max_s`."""
    open_max_s: Seconds = WAIT_MAX_S
    probes: Annotated[int, msgspec.Meta(ge=1, le=100)] = 1
    """How many calls try at once whether it is back, and how many must succeed."""


class Breakers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The terms of every breaker; null switches a kind of them off."""

    tools: BreakerTerms | None = BreakerTerms()
    models: BreakerTerms | None = BreakerTerms()
    dependencies: BreakerTerms | None = BreakerTerms()
    """Hosts that calls go to, read off URLs among the arguments."""
    named: dict[str, BreakerTerms | None] = {}
    """Terms of one tool, model or host, by its name."""

    def terms(self, scope: Scope, name: str) -> BreakerTerms | None:
        """The terms of one breaker; None when it has none."""
        if name in self.named:
            return self.named[name]
        if scope == "model":
            return self.models
        return self.tools if scope == "tool" else self.dependencies


class Result(msgspec.Struct, frozen=True, gc=False):
    """What came of one call."""

    error: str
    """The class of its failure; empty when it did not fail."""
    took_ns: int
    run: str = ""


class Breaker:
    """One breaker; times come in, whoever calls holds the lock."""

    __slots__ = (
        "_bucket_ns", "_buckets", "_good", "_probes", "_runs", "_streak", "_streak_class", "_waits",
        "failures", "opened_ns", "reason", "retry_ns", "state", "terms",
    )  # fmt: skip

    def __init__(self, terms: BreakerTerms) -> None:
        self.terms = terms
        self._bucket_ns = max(1, round(terms.window_s * SECOND / BUCKETS))
        self.state = State.CLOSED
        self.reason = ""
        """Why it tripped last."""
        self.failures = 0
        """Failures since it was last closed."""
        self.opened_ns = 0
        self.retry_ns = 0
        """When the next probe may go."""
        self._clear()
        self._waits = 0

    def admit(self, now_ns: int) -> bool:
        """Whether a call may go ahead; of a half-open breaker only a few may, and each must be settled."""
        if self.state is CLOSED:
            return True
        if self.state is State.OPEN:
            if now_ns < self.retry_ns:
                return False
            self._step("wait")
        if len(self._probes) >= self.terms.probes:
            # A probe that never came back makes room for another after as long as the breaker was open.
            if now_ns - self._probes[0] < round(self.terms.open_s * SECOND):
                return False
            self._probes.pop(0)
        self._probes.append(now_ns)
        return True

    def release(self) -> None:
        """A probe was let through and not made: somebody else refused it."""
        if self._probes:
            self._probes.pop()

    def settle(self, result: Result, now_ns: int) -> bool:
        """Count what came of a call; whether the state changed."""
        before = self.state
        failed = bool(result.error)
        slow = bool(self.terms.slow_s) and result.took_ns > self.terms.slow_s * SECOND
        if before is CLOSED and not (failed or slow):
            self._streak, self._streak_class = 0, ""
            self._bucket(now_ns)[1] += 1
            return False
        self.failures = self.failures + 1 if failed else self.failures
        if before is CLOSED:
            self._count(result, now_ns, failed=failed, slow=slow)
            if (failed or slow) and (reason := self._trips(now_ns)):
                self._open(reason, now_ns)
        elif before is HALF_OPEN:
            self._probed(bad=failed or slow, error=result.error or "a slow call", now_ns=now_ns)
        # When it is open, the call was on its way before that: known already.
        return self.state is not before

    def reset(self) -> bool:
        """A person closes it; whether it was not closed."""
        if self.state is State.CLOSED:
            return False
        self._step("reset")
        self._close()
        return True

    def _probed(self, *, bad: bool, error: str, now_ns: int) -> None:
        if self._probes:
            self._probes.pop(0)
        if bad:
            self._waits += 1
            self._step("bad")
            self._wait(f"the probe met {error}", now_ns)
            return
        self._good += 1
        if self._good >= self.terms.probes:
            self._step("good")
            self._close()

    def _count(self, result: Result, now_ns: int, *, failed: bool, slow: bool) -> None:
        if failed and result.error == self._streak_class:
            self._streak += 1
        elif failed:
            self._streak, self._streak_class = 1, result.error
        else:
            self._streak, self._streak_class = 0, ""
        if failed:
            self._runs[result.run] = now_ns // self._bucket_ns
            if len(self._runs) > RUNS_MAX:
                del self._runs[next(iter(self._runs))]
        bucket = self._bucket(now_ns)
        bucket[1] += 1
        bucket[2] += failed
        bucket[3] += slow

    def _bucket(self, now_ns: int) -> list[int]:
        """The piece of the window that this moment is in: its place, calls, failures, slow calls."""
        place, buckets = now_ns // self._bucket_ns, self._buckets
        if not buckets or buckets[-1][0] != place:
            buckets.append([place, 0, 0, 0])
            del buckets[: max(0, len(buckets) - BUCKETS)]
        return buckets[-1]

    def _trips(self, now_ns: int) -> str:
        """Why it must open; empty while it need not."""
        terms = self.terms
        oldest = now_ns // self._bucket_ns - BUCKETS
        runs = sum(place > oldest for place in self._runs.values())
        if self._streak >= terms.consecutive and runs >= terms.runs:
            return f"{self._streak} failures in a row with {self._streak_class}"
        recent = [bucket for bucket in self._buckets if bucket[0] > oldest]
        calls, failures, slow = (sum(bucket[n] for bucket in recent) for n in (1, 2, 3))
        if calls < terms.calls_min:
            return ""
        if failures >= terms.error_rate * calls and runs >= terms.runs:
            return f"{failures} of {calls} calls failed within {terms.window_s:g} s"
        if terms.slow_s and slow >= terms.slow_rate * calls:
            return f"{slow} of {calls} calls took longer than {terms.slow_s:g} s"
        return ""

    def _open(self, reason: str, now_ns: int) -> None:
        self._step("trip")
        self.opened_ns = now_ns
        self._wait(reason, now_ns)

    def _wait(self, reason: str, now_ns: int) -> None:
        self.reason = reason
        wait_s = min(self.terms.open_s * 2 ** min(self._waits, 32), self.terms.open_max_s)
        self.retry_ns = now_ns + round(wait_s * SECOND)
        self._probes.clear()
        self._good = 0

    def _close(self) -> None:
        self._clear()
        self._waits = 0
        self.failures = self.opened_ns = self.retry_ns = 0
        self.reason = ""

    def _clear(self) -> None:
        self._buckets: list[list[int]] = []
        self._probes: list[int] = []
        self._runs: dict[str, int] = {}
        self._streak, self._streak_class, self._good = 0, "", 0

    def _step(self, event: str) -> None:
        self.state = STEPS[self.state, event]
