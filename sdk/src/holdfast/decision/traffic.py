"""What all sessions of a process share: breakers of what is down, rates of what is called too often.

Pure: times come in, on one clock that never goes back, and whoever calls holds the lock.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from holdfast.action import Action, Kind, Polling
from holdfast.decision.breakers import SECOND, Breaker, Breakers, Result, Scope, State
from holdfast.decision.bundle import Bundle
from holdfast.decision.detectors.track import COUNTED
from holdfast.decision.rates import RateTerms, SlidingWindow, Wanted

BREAKERS_MAX: Final = 1_000
WINDOWS_MAX: Final = 10_000
"""Breakers and windows that are remembered; the longest unused is forgotten, unless it is open."""
HOSTS_MAX: Final = 4
"""Hosts of one call that have a breaker."""
_hosts = re.compile(rb"https?://(?:[^/@\"\s]{0,64}@)?([a-zA-Z0-9.-]{1,253})").findall

PASSING: Final = frozenset({408, 409, 425, 429})
"""Answers below 500 that speak of the provider's state rather than of the request."""

MODEL: Final = Kind.MODEL

Key = tuple[Scope, str]
WindowKey = tuple[str, str, int]


class Stopped(msgspec.Struct, frozen=True):
    """Why a call that was allowed does not go out now."""

    rule: str
    message: str
    cure: str
    stage: str


class Traffic:
    """Asked after a call was allowed, told what came of it; one for a process.

    The windows of rates are exact: no burst at the seam of two of them.
    """

    def __init__(self) -> None:
        self._breakers: OrderedDict[Key, Breaker] = OrderedDict()
        self._windows: OrderedDict[WindowKey, SlidingWindow] = OrderedDict()
        self.troubled = False
        """Whether any breaker is not closed."""

    def pass_breakers(self, action: Action, bundle: Bundle, now_ns: int) -> Stopped | None:
        """Let a call through every breaker it has, or say which one is open."""
        if not self.troubled:
            return None
        admitted: list[Breaker] = []
        for key in _keys(action, bundle.breakers):
            breaker = self._breakers.get(key)
            if breaker is None:
                continue
            if not breaker.admit(now_ns):
                for other in admitted:
                    other.release()
                return _open(key, breaker, now_ns)
            admitted.append(breaker)
        return None

    def release(self, action: Action, bundle: Bundle) -> None:
        """A call that breakers let through is not made: somebody else refused it."""
        if self.troubled:
            for key in _keys(action, bundle.breakers):
                breaker = self._breakers.get(key)
                if breaker is not None:
                    breaker.release()

    def take_rates(
        self, wanted: Sequence[Wanted], now_ns: int, share: Callable[[Wanted], int] | None = None
    ) -> tuple[Wanted, int] | None:
        """Count a call by what this process knows; the rate that is used up, and for how long.

        Args:
            wanted: the rates it counts in.
            now_ns: the time.
            share: how many of a rate's calls this process may make; all of them when absent.
        """
        windows = [self._window((one[0].of, one[1], place), one[0]) for place, one in enumerate(wanted)]
        for one, window in zip(wanted, windows, strict=True):
            wait_ns = window.wait_ns(now_ns, share(one) if share is not None else None)
            if wait_ns:
                return one, wait_ns
        self.note_rates(wanted, now_ns)
        return None

    def note_rates(self, wanted: Sequence[Wanted], now_ns: int) -> None:
        """Count a call that somebody else permitted."""
        for place, (terms, name) in enumerate(wanted):
            self._window((terms.of, name, place), terms).take(now_ns)

    def pace(self, action: Action, polling: Polling, now_ns: int) -> Stopped | None:
        """Let a poll go, or say that it comes too soon after the last of its kind in this session."""
        terms = RateTerms(of="tool", calls=1, per_s=polling.every_s)
        window = self._window(("poll", f"{action.session}\0{action.digest}", 0), terms)
        wait_ns = window.wait_ns(now_ns)
        if not wait_ns:
            window.take(now_ns)
            return None
        message = f"{action.target} is asked the same every {polling.every_s:g} s at most."
        return Stopped("holdfast:rate:polling", message, f"Try again in {wait_ns / SECOND:.3g} s.", "rate")

    def settle(self, action: Action, bundle: Bundle, result: Result, now_ns: int) -> bool:
        """Count what came of a call that went out; whether a breaker opened or closed."""
        if action.kind not in COUNTED:
            return False
        changed = False
        for key in _keys(action, bundle.breakers):
            breaker = self._breaker(key, bundle.breakers)
            changed |= breaker is not None and breaker.settle(result, now_ns)
        self._note_trouble(changed=changed)
        return changed

    def reset(self, scope: str, name: str) -> bool:
        """A person closes a breaker; whether it was not closed."""
        breaker = self._breakers.get((scope, name))  # pyright: ignore[reportArgumentType]  # an unknown scope finds none
        changed = breaker is not None and breaker.reset()
        self._note_trouble(changed=changed)
        return changed

    def snapshot(self, now_ns: int, wall_ns: int) -> list[dict[str, Any]]:
        """Every breaker that is not closed or has failures, as plain data; times on the wall clock."""
        return [
            _show(key, one, wall_ns - now_ns)
            for key, one in self._breakers.items()
            if one.failures or one.state is not State.CLOSED
        ]

    def _note_trouble(self, *, changed: bool) -> None:
        if changed:
            self.troubled = any(one.state is not State.CLOSED for one in self._breakers.values())

    def _breaker(self, key: Key, terms: Breakers) -> Breaker | None:
        found = self._breakers.get(key)
        wanted = terms.terms(*key)
        if wanted is None:
            return None
        if found is None or found.terms != wanted:
            found = self._breakers[key] = Breaker(wanted)
            if len(self._breakers) > BREAKERS_MAX:
                self._forget_one()
        self._breakers.move_to_end(key)
        return found

    def _forget_one(self) -> None:
        victim = next((key for key, one in self._breakers.items() if one.state is State.CLOSED), None)
        del self._breakers[victim or next(iter(self._breakers))]

    def _window(self, key: WindowKey, terms: RateTerms) -> SlidingWindow:
        found = self._windows.get(key)
        if found is None or found.terms != terms:
            found = self._windows[key] = SlidingWindow(terms)
            if len(self._windows) > WINDOWS_MAX:
                self._windows.popitem(last=False)
        self._windows.move_to_end(key)
        return found


def is_callers_fault(error: BaseException | None) -> bool:
    """Whether a provider refused what was asked of it: it is up, and the next request is another."""
    status = getattr(error, "status", 0)
    return isinstance(status, int) and 400 <= status < 500 and status not in PASSING


def too_often(rate: Wanted, wait_ns: int, *, unknown: str = "") -> Stopped:
    """A refusal because a rate is used up.

    Args:
        rate: the rate, and whose it is.
        wait_ns: until one more fits.
        unknown: what is not known of other processes, as a sentence.
    """
    terms, name = rate
    message = f"{name} may be called {terms.calls} times in {terms.per_s:g} s. {unknown}".rstrip()
    return Stopped(f"holdfast:rate:{terms.of}", message, f"Try again in {wait_ns / SECOND:.3g} s.", "rate")


def _keys(action: Action, terms: Breakers) -> Sequence[Key]:
    """The breakers a call has: its tool's or model's, and those of the hosts its arguments name."""
    if action.kind is MODEL:
        return (("model", action.target),) if terms.models is not None or terms.named else ()
    found: list[Key] = []
    if terms.tools is not None or terms.named:
        found.append(("tool", action.target))
    if terms.dependencies is not None and b"://" in action.canonical:
        hosts = dict.fromkeys(_hosts(action.canonical)[:HOSTS_MAX])
        found.extend(("dependency", host.decode().lower()) for host in hosts)
    return found


def _open(key: Key, breaker: Breaker, now_ns: int) -> Stopped:
    scope, name = key
    wait_s = max(0.0, (breaker.retry_ns - now_ns) / SECOND)
    message = (
        f"The {scope} {name} is switched off for now: {breaker.reason}. Do not try again; go on without."
    )
    return Stopped(f"holdfast:breaker:{scope}", message, f"It is tried again in {wait_s:.0f} s.", "breaker")


def _show(key: Key, breaker: Breaker, offset_ns: int) -> dict[str, Any]:
    """A breaker as the server shows it; times on the wall clock."""
    return {
        "scope": key[0],
        "name": key[1],
        "state": breaker.state.value,
        "failures": breaker.failures,
        "opened_at": _at(breaker.opened_ns, offset_ns),
        "retry_at": _at(breaker.retry_ns, offset_ns),
        "reason": breaker.reason,
    }


def _at(time_ns: int, offset_ns: int) -> str | None:
    """A time of the breaker's own clock as RFC 3339; None for never."""
    if not time_ns:
        return None
    return datetime.fromtimestamp((time_ns + offset_ns) / SECOND, UTC).isoformat()
