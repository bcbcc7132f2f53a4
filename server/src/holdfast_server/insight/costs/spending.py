"""The Spend page's questions: costs by a name, and over time."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.errors import Invalid
from holdfast_server.insight.costs.attribution import (
    COLUMNS,
    GROUPS_MAX,
    OF_RUNS,
    Sums,
    Tally,
    TeamOf,
    judge_by,
    keys_of,
    show_spent,
    sum_by,
    sum_up,
)
from holdfast_server.insight.costs.period import DAYS, Every, Period, make_period
from holdfast_server.insight.costs.view import By, CostRow, Costs, Point, Series
from holdfast_server.insight.costs.wanted import Wanted
from holdfast_server.kit.clock import Clock
from holdfast_server.kit.db import Database
from holdfast_server.kit.paging import PageAsk, read_cursor, write_cursor
from holdfast_server.kit.wire import MICRO, at, usd
from holdfast_server.record.books.tables import CHARGE_SUMS, SLOT_NS, charges

KEYS_SHOWN: Final = 8
OTHERS: Final = "(others)"
ROWS_MAX: Final = 500_000

SlotRow = tuple[int, tuple[str, ...], int, int]
"""Slot, keys, micro-USD, calls without a price."""


class Spending:
    """Answers what was spent."""

    def __init__(self, db: Database, team_of: TeamOf, clock: Clock) -> None:
        self._db, self._team_of, self._clock = db, team_of, clock

    def period(
        self, since: datetime | None, until: datetime | None, *, zone: str, days: int = DAYS
    ) -> Period:
        """The time that is asked about; without a beginning the last days.

        Raises:
            Invalid: it ends before it begins, is too long, or the zone does not exist.
        """
        return make_period(since, until, zone=zone, now_ns=self._clock(), days=days)

    async def costs(self, by: By, period: Period, wanted: Wanted, page: PageAsk) -> Costs:
        """Costs by one name, the dearest first."""
        async with self._db.read() as connection:
            sums = await sum_by(connection, by, period, wanted, self._team_of)
            earlier = await sum_by(connection, by, period.before, wanted, self._team_of)
            total = await _whole(connection, by, period, wanted, sums)
            before = await _whole(connection, by, period.before, wanted, earlier)
            tallies = await judge_by(connection, by, period, wanted, self._team_of)
            whole = await judge_by(connection, None, period, wanted, self._team_of)
        ordered = sorted(sums, key=lambda key: (-sums[key].micro_usd, key))
        if page.cursor:
            spent, key = read_cursor(page.cursor)
            ordered = [one for one in ordered if (-sums[one].micro_usd, one) > (-spent, key)]
        shown = ordered[: page.limit]
        last = shown[-1] if len(ordered) > page.limit else None
        return Costs(
            by=by,
            since=at(period.since_ns),
            until=at(period.until_ns),
            time_zone=period.zone,
            total=show_spent(total),
            total_before_usd=before.micro_usd / MICRO,
            per_success=whole.get("", Tally()).show(),
            overlapping=by == "tag",
            items=[
                _row(
                    key,
                    sums[key],
                    total,
                    before=earlier.get(key),
                    tally=tallies.get(key, Tally()) if by in OF_RUNS else None,
                )
                for key in shown
            ],
            next=None if last is None else write_cursor(sums[last].micro_usd, last),
        )

    async def series(self, by: By | None, every: Every, period: Period, wanted: Wanted) -> Series:
        """Costs over time, of the dearest keys and of all others together."""
        buckets = period.buckets(every)
        async with self._db.read() as connection:
            rows = await self._slots(connection, by, period, wanted)
            first = await connection.scalar(sa.select(sa.func.min(charges.c.slot)))
        whole: defaultdict[str, int] = defaultdict(int)
        for _, keys, micro_usd, _ in rows:
            for key in keys:
                whole[key] += micro_usd
        dearest = sorted(whole, key=lambda key: (-whole[key], key))
        shown = dearest[:KEYS_SHOWN]
        names = [*shown, *((OTHERS,) if len(dearest) > KEYS_SHOWN else ())]
        sums = _fold(rows, buckets, {key: min(place, KEYS_SHOWN) for place, key in enumerate(dearest)})
        began = None if first is None else first * SLOT_NS
        return Series(
            by=by or "",
            every=every,
            time_zone=period.zone,
            since=at(period.since_ns),
            until=at(period.until_ns),
            keys=names if by else [],
            items=[
                _point(bucket, one, len(names) if by else 0, known=began is not None and bucket[1] > began)
                for bucket, one in zip(buckets, sums, strict=True)
            ],
        )

    async def _slots(
        self, connection: AsyncConnection, by: By | None, period: Period, wanted: Wanted
    ) -> list[SlotRow]:
        first, after = period.slots
        columns = [charges.c[name] for name in (COLUMNS[by] if by else ())]
        sums = sa.func.sum(charges.c.micro_usd), sa.func.sum(charges.c.unpriced)
        query = sa.select(charges.c.slot, *columns, *sums).where(
            charges.c.slot >= first, charges.c.slot < after, *wanted.of_charges()
        )
        query = query.group_by(charges.c.slot, *columns).order_by(charges.c.slot).limit(ROWS_MAX + 1)
        found = (await connection.execute(query)).all()
        if len(found) > ROWS_MAX:
            raise Invalid(
                "that is too much to draw at once", hint="Ask for a shorter time, or for one agent."
            )
        return [_slot_row(tuple(row), by, self._team_of) for row in found]


def _slot_row(row: tuple[Any, ...], by: By | None, team_of: TeamOf) -> SlotRow:
    slot, *names, micro_usd, unpriced = row
    return slot, keys_of(by, names, team_of) if by else (), int(micro_usd), int(unpriced)


async def _whole(
    connection: AsyncConnection, by: By, period: Period, wanted: Wanted, sums: dict[str, Sums]
) -> Sums:
    """The sum of all rows; asked for where rows overlap, or where there may be more than were read."""
    if by == "tag" or len(sums) >= GROUPS_MAX // 2:
        return await sum_up(connection, period, wanted)
    whole = Sums()
    for one in sums.values():
        whole.add(getattr(one, name) for name in CHARGE_SUMS)
    return whole


class _Bucket:
    __slots__ = ("by_key", "total", "unpriced")

    def __init__(self) -> None:
        self.total, self.unpriced = 0, 0
        self.by_key: defaultdict[int, int] = defaultdict(int)


def _fold(rows: list[SlotRow], buckets: list[tuple[int, int]], places: dict[str, int]) -> list[_Bucket]:
    """Rows, in the order of their slots, into buckets."""
    sums = [_Bucket() for _ in buckets]
    here = 0
    for slot, keys, micro_usd, unpriced in rows:
        while slot * SLOT_NS >= buckets[here][1]:
            here += 1
        bucket = sums[here]
        bucket.total += micro_usd
        bucket.unpriced += unpriced
        for key in keys:
            bucket.by_key[places[key]] += micro_usd
    return sums


def _point(bucket: tuple[int, int], sums: _Bucket, keys: int, *, known: bool) -> Point:
    return Point(
        at=at(bucket[0]),
        until=at(bucket[1]),
        values=[usd(sums.by_key[place]) if known else None for place in range(keys)],
        total_usd=usd(sums.total) if known else None,
        unpriced_calls=sums.unpriced,
    )


def _row(key: str, sums: Sums, total: Sums, *, before: Sums | None, tally: Tally | None) -> CostRow:
    return CostRow(
        **sums.show(),
        key=key,
        share=sums.micro_usd / total.micro_usd if total.micro_usd else 0.0,
        before_usd=(before.micro_usd if before else 0) / MICRO,
        per_success=tally.show() if tally else None,
    )
