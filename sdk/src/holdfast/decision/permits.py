"""Permits: how a rate holds for all processes that one server counts for.

A process that is to make a call asks for a permit, and for some more when it makes many; each is good for a
moment only. The server counts what it gave out, so the limit is never passed, whoever makes the calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final, Literal

import msgspec

from holdfast.decision.breakers import SECOND
from holdfast.decision.rates import Of, Wanted

PARTS: Final = 32
"""A permit is good for one part in so many of its window, and counted to as much."""
GOOD_S: Final = (0.05, 1.0)
"""For how long a permit is good, at least and at most."""
POOLS_MAX: Final = 10_000

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Count = Annotated[int, msgspec.Meta(ge=0, le=100_000)]


class PermitAsk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One call is about to be made: may it?"""

    of: Of
    name: Name
    calls: Annotated[int, msgspec.Meta(ge=1, le=100_000)]
    per_s: Annotated[float, msgspec.Meta(gt=0, le=86_400)]
    ahead: Count = 0
    """How many more would soon be used."""
    back: Count = 0
    """How many of the last grant were not used."""
    grant: Annotated[int, msgspec.Meta(ge=0)] = 0
    """The grant they were of."""


class PermitAsks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every rate that one call counts in: it gets a permit of each, or of none."""

    process: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    asks: Annotated[tuple[PermitAsk, ...], msgspec.Meta(min_length=1, max_length=64)]


class Permit(msgspec.Struct, frozen=True):
    """The answer to one ask."""

    granted: int
    good_s: float
    """For how long, from when it was asked for."""
    wait_s: float
    """How long until one more fits; 0 when one did."""
    grant: int
    holders: int
    """How many processes share the rate now."""


class Permitted(msgspec.Struct, frozen=True):
    """The answers, in the order of the asks."""

    permits: tuple[Permit, ...]


class Taking(msgspec.Struct, frozen=True):
    """What came of a call that wants permits."""

    state: Literal["granted", "refused", "short"]
    rate: Wanted | None = None
    """The rate that refused."""
    wait_ns: int = 0


GRANTED: Final = Taking("granted")
SHORT: Final = Taking("short")


def good_s(per_s: float) -> float:
    """For how long a permit is good."""
    return min(max(per_s / PARTS, GOOD_S[0]), GOOD_S[1])


class Pool(msgspec.Struct):
    """What one process holds of one rate."""

    free: int = 0
    until_ns: int = 0
    """When its permits are void."""
    closed_until_ns: int = 0
    """Until when nobody has to be asked: it was refused."""
    grant: int = 0
    used: int = 0
    """Calls since it last asked."""
    holders: int = 1


class Permits:
    """Every permit of one process; whoever keeps it calls it from one place at a time."""

    def __init__(self) -> None:
        self._pools: dict[tuple[str, str, float], Pool] = {}

    def take(self, wanted: Sequence[Wanted], now_ns: int, *, look: bool = False) -> Taking:
        """Take a permit of each rate, or of none; `short` when somebody has to be asked first.

        Args:
            wanted: the rates a call counts in.
            now_ns: the time.
            look: only say what would come of it.
        """
        pools = [self._pool(one) for one in wanted]
        for one, pool in zip(wanted, pools, strict=True):
            if now_ns < pool.closed_until_ns:
                return Taking("refused", one, pool.closed_until_ns - now_ns)
        if self.short(wanted, now_ns):
            return SHORT
        for pool in () if look else pools:
            pool.free -= 1
            pool.used += 1
        return GRANTED

    def short(self, wanted: Sequence[Wanted], now_ns: int) -> list[Wanted]:
        """The rates of which this process has no permit left."""
        pools = ((one, self._pool(one)) for one in wanted)
        return [one for one, pool in pools if not pool.free or now_ns >= pool.until_ns]

    def ask(self, one: Wanted, now_ns: int) -> PermitAsk:
        """What to ask for."""
        terms, name = one
        pool = self._pool(one)
        # Who makes many calls asks less often; who makes few leaves the rest to others.
        lately = now_ns < pool.until_ns + round(good_s(terms.per_s) * SECOND)
        ahead = pool.used if lately else 0
        return PermitAsk(
            terms.of, name, terms.calls, terms.per_s, ahead, back=pool.free, grant=pool.grant
        )  # fmt: skip

    def take_in(self, one: Wanted, permit: Permit, *, sent_ns: int, now_ns: int) -> None:
        """Take the answer to what was asked in."""
        pool = self._pool(one)
        pool.free, pool.grant, pool.used = permit.granted, permit.grant, 0
        pool.holders = max(1, permit.holders)
        pool.until_ns = sent_ns + round(permit.good_s * SECOND)
        if permit.wait_s:
            pool.closed_until_ns = now_ns + round(permit.wait_s * SECOND)

    def share(self, one: Wanted) -> int:
        """How many calls this process may make by itself, when nobody can be asked."""
        return max(1, one[0].calls // self._pool(one).holders)

    def _pool(self, one: Wanted) -> Pool:
        terms, name = one
        key = (terms.of, name, terms.per_s)
        found = self._pools.get(key)
        if found is None:
            found = self._pools[key] = Pool()
            if len(self._pools) > POOLS_MAX:
                del self._pools[next(iter(self._pools))]
        return found
