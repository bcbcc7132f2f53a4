"""What the same calls would have cost with another model, at the tokens that were recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import sqlalchemy as sa

from holdfast.record.price import Priced, Usage, price
from holdfast_server.insight.costs.attribution import Sums
from holdfast_server.insight.costs.period import Period
from holdfast_server.insight.costs.view import WhatIf, WhatIfRow
from holdfast_server.insight.costs.wanted import Wanted
from holdfast_server.kit.db import Database
from holdfast_server.kit.wire import at
from holdfast_server.record.books.tables import CHARGE_SUMS, charges

GROUPS_MAX: Final = 5_000
PICO: Final = 10**12
COUNTED: Final = ("input_tokens", "output_tokens", "cache_read", "cache_write", "cache_write_1h", "reasoning")
TOKENS: Final = ("tokens_in", "tokens_out", "cache_read", "cache_write", "cache_write_1h", "reasoning")
NOT_THE_SAME: Final = (
    "another model counts the same text as other tokens, and may need more or fewer calls: "
    "this is its price, not its behaviour"
)


class Supposed(msgspec.Struct):
    """One model's calls as they were, and as they would be."""

    sums: Sums
    would_pico: int | None = 0

    def would_usd(self) -> float | None:
        """In dollars."""
        return None if self.would_pico is None else self.would_pico / PICO


class WhatIfs:
    """Prices what was recorded anew."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def suppose(self, provider: str, model: str, period: Period, wanted: Wanted) -> WhatIf:
        """Every call of a period as if this model had been asked.

        Args:
            provider: who would be asked; its maker when empty.
            model: which model.
            period: when the calls were made.
            wanted: which calls.
        """
        found: dict[tuple[str, str], Supposed] = {}
        told = price(provider, model, Usage(input_tokens=1))
        for key, sums in await self._groups(period, wanted):
            one = found.setdefault(key, Supposed(Sums()))
            one.sums.add(getattr(sums, name) for name in CHARGE_SUMS)
            pico = _price_calls(provider, model, sums)
            one.would_pico = None if pico is None or one.would_pico is None else one.would_pico + pico
        rows = [_row(key, one) for key, one in found.items()]
        rows.sort(key=lambda row: (-(row.cost_usd or 0), row.provider, row.model))
        return _sum_up(rows, found, period, provider=provider, told=told, model=model)

    async def _groups(self, period: Period, wanted: Wanted) -> list[tuple[tuple[str, str], Sums]]:
        first, after = period.slots
        columns = (charges.c.provider, charges.c.model, charges.c.size)
        sums = [sa.func.sum(charges.c[name]) for name in CHARGE_SUMS]
        query = sa.select(*columns, *sums).where(
            charges.c.slot >= first, charges.c.slot < after, charges.c.model != "", *wanted.of_charges()
        )
        found: list[tuple[tuple[str, str], Sums]] = []
        async with self._db.read() as connection:
            for row in map(tuple, await connection.execute(query.group_by(*columns).limit(GROUPS_MAX))):
                one = Sums()
                one.add(int(amount or 0) for amount in row[3:])
                found.append(((row[0], row[1]), one))
        return found


def _price_calls(provider: str, model: str, sums: Sums) -> int | None:
    """The price in picodollars of calls that are alike in length, from their sum.

    Within one class of lengths a price is linear in tokens, so all but one call are taken at their mean, and
    the last one carries the remainder.
    """
    counts = [getattr(sums, name) for name in TOKENS]
    mean = [count // sums.calls for count in counts]
    rest = [count - each * (sums.calls - 1) for count, each in zip(counts, mean, strict=True)]
    each = price(provider, model, _usage(mean)).cost_pico_usd
    last = price(provider, model, _usage(rest)).cost_pico_usd
    return None if last is None or each is None else last + each * (sums.calls - 1)


def _usage(counts: Sequence[int]) -> Usage:
    return msgspec.convert(dict(zip(COUNTED, counts, strict=True)), Usage)


def _row(key: tuple[str, str], one: Supposed) -> WhatIfRow:
    cost, would = one.sums.cost_usd(), one.would_usd()
    return WhatIfRow(
        provider=key[0],
        model=key[1],
        calls=one.sums.calls,
        tokens_in=one.sums.tokens_in,
        tokens_out=one.sums.tokens_out,
        cost_usd=cost,
        would_cost_usd=would,
        difference_usd=_less(would, cost, complete=not one.sums.unpriced),
    )


def _sum_up(
    rows: list[WhatIfRow],
    found: Mapping[tuple[str, str], Supposed],
    period: Period,
    *,
    provider: str,
    model: str,
    told: Priced,
) -> WhatIf:
    known = [one.would_pico for one in found.values() if one.would_pico is not None]
    would = sum(known) / PICO if len(known) == len(found) and told.cost_pico_usd is not None else None
    whole = Sums()
    for one in found.values():
        whole.add(getattr(one.sums, name) for name in CHARGE_SUMS)
    cost = whole.cost_usd()
    return WhatIf(
        since=at(period.since_ns),
        until=at(period.until_ns),
        provider=provider,
        model=model,
        price_source=told.source,
        price_version=told.version,
        warnings=[*told.warnings, NOT_THE_SAME],
        cost_usd=cost,
        would_cost_usd=would,
        difference_usd=_less(would, cost, complete=not whole.unpriced),
        items=rows,
    )


def _less(would: float | None, cost: float | None, *, complete: bool) -> float | None:
    """How much dearer it would be; None when either side is not wholly known."""
    return None if would is None or cost is None or not complete else would - cost
