"""What all sessions of a process share, behind a lock: breakers, and rates that a server counts if it can."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

from holdfast.action import Action, Kind, Polling
from holdfast.decision import Bundle
from holdfast.decision import traffic as shared
from holdfast.decision.breakers import Result
from holdfast.decision.detectors.track import COUNTED
from holdfast.decision.permits import SHORT, PermitAsk, Permits, Permitted, Taking
from holdfast.decision.rates import Wanted, rates_of
from holdfast.decision.traffic import Stopped, too_often

ALONE: Final = "Calls of other processes are not counted: there is no server to count them."
APART: Final = "The server is out of reach, so this process keeps to its share."
BUSY_NS: Final = 100_000_000
"""How long a call waits whose permit came too late to be used."""


class Counter(Protocol):
    """Whoever counts for all processes."""

    @property
    def counts(self) -> bool:
        """Whether there is one at all."""
        ...

    def permit(self, asks: Sequence[PermitAsk]) -> Permitted | None:
        """Ask; None when nobody answers now."""
        ...


class Traffic:
    """Asked after a call was allowed, told what came of it; one for a process."""

    def __init__(
        self, *, now_ns: Callable[[], int] = time.monotonic_ns, counter: Counter | None = None
    ) -> None:
        self._now_ns = now_ns
        self._counter = counter if counter is not None and counter.counts else None
        self._lock = threading.Lock()
        self._asking = threading.Lock()
        self._shared = shared.Traffic()
        self._permits = Permits()
        self.on_change: Callable[[], None] = lambda: None
        """Told when a breaker opened or closed; called without the lock."""

    def admit(self, action: Action, bundle: Bundle) -> Stopped | None:
        """Let a call go, or say why not: a breaker is open, or the rate is used up; may ask the server."""
        if not (self._shared.troubled or bundle.rates) or action.kind not in COUNTED:
            return None
        with self._lock:
            stopped = self._shared.pass_breakers(action, bundle, self._now_ns())
        wanted = rates_of(bundle.rates, action.kind, action.target, action.actor.agent)
        if stopped is not None or not wanted:
            return stopped
        stopped = self._count(wanted)
        if stopped is not None:
            with self._lock:
                self._shared.release(action, bundle)
        return stopped

    def asks(self, kind: Kind, target: str, agent: str, bundle: Bundle) -> bool:
        """Whether the server has to be asked before such a call goes out."""
        if self._counter is None or not bundle.rates or kind not in COUNTED:
            return False
        wanted = rates_of(bundle.rates, kind, target, agent)
        with self._lock:
            return bool(wanted) and self._permits.take(wanted, self._now_ns(), look=True).state == "short"

    def pace(self, action: Action, polling: Polling) -> Stopped | None:
        """Let a poll go, or say that it comes too soon after the last of its kind in this session."""
        with self._lock:
            return self._shared.pace(action, polling, self._now_ns())

    def settle(self, action: Action, bundle: Bundle, *, error: str, took_ns: int) -> None:
        """Count what came of a call that went out."""
        if action.kind not in COUNTED:
            return
        with self._lock:
            result = Result(error, took_ns, action.run)
            changed = self._shared.settle(action, bundle, result, self._now_ns())
        if changed:
            self.on_change()

    def reset(self, scope: str, name: str) -> bool:
        """A person closes a breaker; whether it was not closed."""
        with self._lock:
            changed = self._shared.reset(scope, name)
        if changed:
            self.on_change()
        return changed

    def snapshot(self) -> list[dict[str, Any]]:
        """Every breaker that is not closed or has failures, as plain data."""
        with self._lock:
            return self._shared.snapshot(self._now_ns(), time.time_ns())

    def _count(self, wanted: Sequence[Wanted]) -> Stopped | None:
        """Count a call in its rates: by the server's permits, else by what this process knows."""
        taking = self._permit(wanted) if self._counter is not None else SHORT
        with self._lock:
            now_ns = self._now_ns()
            if taking.state == "granted":
                self._shared.note_rates(wanted, now_ns)
                return None
            if taking.rate is not None:
                return too_often(taking.rate, taking.wait_ns)
            alone = self._counter is None
            full = self._shared.take_rates(wanted, now_ns, None if alone else self._permits.share)
        return too_often(*full, unknown=ALONE if alone else APART) if full is not None else None

    def _permit(self, wanted: Sequence[Wanted]) -> Taking:
        """Permits for a call; `short` when nobody can be asked."""
        with self._lock:
            taking = self._permits.take(wanted, self._now_ns())
        if taking.state != "short":
            return taking
        with self._asking:
            with self._lock:
                sent_ns = self._now_ns()
                taking = self._permits.take(wanted, sent_ns)
                short = self._permits.short(wanted, sent_ns)
                asks = [self._permits.ask(one, sent_ns) for one in short]
            if taking.state != "short":
                return taking
            answer = self._counter.permit(asks) if self._counter is not None else None
            if answer is None or len(answer.permits) != len(asks):
                return SHORT
            with self._lock:
                now_ns = self._now_ns()
                for one, permit in zip(short, answer.permits, strict=True):
                    self._permits.take_in(one, permit, sent_ns=sent_ns, now_ns=now_ns)
                taking = self._permits.take(wanted, now_ns)
        # A permit that came too late is void; the next call asks again.
        return Taking("refused", wanted[0], BUSY_NS) if taking.state == "short" else taking
