"""In which order the targets of a route are tried."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from holdfast_server.action.llm.routing.retrying import Chance

Thing = TypeVar("Thing")

EXPLORE: Final = 0.05
"""The share of calls by latency that go to another target, so that a slow one that got better is noticed."""


def by_weight(things: Sequence[Thing], weight: Callable[[Thing], float], chance: Chance) -> list[Thing]:
    """Draw without putting back: each stands first as often as its weight says; those without come last."""
    return _drawn(things, weight, lambda _: chance())


def by_hash(
    things: Sequence[Thing], weight: Callable[[Thing], float], name: Callable[[Thing], str], who: str
) -> list[Thing]:
    """The same order for the same caller, in every process; over all callers it is as the weights say.

    When one target is taken away, only those that it stood first for move (rendezvous hashing).
    """
    return _drawn(things, weight, lambda one: _share(f"{who}\n{name(one)}"))


def by_cost(things: Sequence[Thing], cost: Callable[[Thing], float | None]) -> list[Thing]:
    """Cheapest first; what nobody knows the price of comes last, for unknown is not cheap."""
    return sorted(things, key=lambda one: math.inf if (found := cost(one)) is None else found)


def by_latency(
    things: Sequence[Thing],
    delay_ms: Callable[[Thing], float | None],
    busy: Callable[[Thing], int],
    chance: Chance,
) -> list[Thing]:
    """The quickest first, counting those that wait there already; what was never asked is asked at once."""

    def expected(one: Thing) -> float:
        ms = delay_ms(one)
        return -1.0 / (1 + busy(one)) if ms is None else ms * (1 + busy(one))

    ranked = sorted(things, key=expected)
    if len(ranked) > 1 and chance() < EXPLORE:
        other = 1 + min(int(chance() * (len(ranked) - 1)), len(ranked) - 2)
        ranked.insert(0, ranked.pop(other))
    return ranked


def _drawn(
    things: Sequence[Thing], weight: Callable[[Thing], float], share: Callable[[Thing], float]
) -> list[Thing]:
    """By exponential clocks: one of rate w rings first with probability w / Σw."""

    def rings(one: Thing) -> float:
        rate = weight(one)
        return -math.log(max(share(one), 1e-300)) / rate if rate > 0 else math.inf

    return sorted(things, key=rings)


def _share(text: str) -> float:
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") + 1) / (2**64 + 1)
