"""Anomalies of runs and of hours, read from the books."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.insight.costs.anomalies import by_agent, find_anomalies
from holdfast_server.insight.costs.period import DAY_NS, HOUR_NS, Period
from holdfast_server.insight.costs.view import Anomalies, Anomaly
from holdfast_server.insight.costs.wanted import Wanted
from holdfast_server.kit.db import Database
from holdfast_server.kit.paging import PageAsk, read_cursor, write_cursor
from holdfast_server.kit.wire import MICRO, NS_PER_MS, at
from holdfast_server.record.books.tables import SLOT_NS, charges
from holdfast_server.record.runs.tables import runs

PAST_DAYS: Final = 28
ROWS_MAX: Final = 200_000
ENDED: Final = ("completed", "failed", "halted")


class Watching:
    """Finds what cost far more than usual."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def look(self, period: Period, wanted: Wanted, page: PageAsk) -> Anomalies:
        """Anomalies in a period, the latest first; each judged by the four weeks before it."""
        past = Period(period.since_ns - PAST_DAYS * DAY_NS, period.until_ns, period.zone)
        async with self._db.read() as connection:
            of_runs = await _runs(connection, past, wanted)
            of_hours = await _hours(connection, past, wanted)
        found, looked_at, learning = _judge(of_runs, of_hours, period)
        found.sort(key=_place, reverse=True)
        if page.cursor:
            before = read_cursor(page.cursor)
            found = [one for one in found if _place(one) < before]
        shown = found[: page.limit]
        more = len(found) > page.limit
        return Anomalies(
            since=at(period.since_ns),
            until=at(period.until_ns),
            looked_at=looked_at,
            learning=sorted(learning),
            items=shown,
            next=write_cursor(*_place(shown[-1])) if more else None,
        )


def _judge(
    of_runs: list[tuple[str, int, str, int]], of_hours: list[tuple[str, int, str, int]], period: Period
) -> tuple[list[Anomaly], int, set[str]]:
    found: list[Anomaly] = []
    learning: set[str] = set()
    looked_at = 0
    for kind, rows in (("run", of_runs), ("hour", of_hours)):
        for agent, some in by_agent(rows).items():
            values = some if kind == "run" else list(_without_gaps(some, period.until_ns))
            odd, watch = find_anomalies(micro_usd for _, _, micro_usd in values)
            if not watch.ready:
                learning.add(agent)
            fresh = sum(when >= period.since_ns for when, _, _ in values)
            looked_at += fresh if watch.ready else 0
            for one in odd:
                when, run, micro_usd = values[one.place]
                if when >= period.since_ns:
                    found.append(
                        Anomaly(
                            kind="run" if kind == "run" else "hour",
                            agent=agent,
                            run=run,
                            at=at(when),
                            cost_usd=micro_usd / MICRO,
                            usual_usd=one.usual / MICRO,
                            times=micro_usd / max(one.usual, 1),
                            baseline=one.baseline,
                            false_alarm_rate=one.rate,
                        )
                    )
    return found, looked_at, learning


def _without_gaps(some: list[tuple[int, str, int]], until_ns: int) -> Iterable[tuple[int, str, int]]:
    """Hours in which nothing was spent are a part of the past as well; the present one is not over."""
    spent = {when: micro_usd for when, _, micro_usd in some}
    for when in range(some[0][0], until_ns - HOUR_NS + 1, HOUR_NS):
        yield when, "", spent.get(when, 0)


async def _runs(connection: AsyncConnection, past: Period, wanted: Wanted) -> list[tuple[str, int, str, int]]:
    query = (
        sa.select(runs.c.agent, runs.c.ended_ns, runs.c.id, runs.c.cost_micro_usd)
        .where(runs.c.ended_ns >= past.since_ns, runs.c.ended_ns < past.until_ns, runs.c.state.in_(ENDED))
        .where(runs.c.cost_micro_usd > 0, *wanted.of_runs())
        .order_by(runs.c.ended_ns.desc())
        .limit(ROWS_MAX)
    )
    return [(row[0], row[1], row[2], int(row[3])) for row in await connection.execute(query)]


async def _hours(
    connection: AsyncConnection, past: Period, wanted: Wanted
) -> list[tuple[str, int, str, int]]:
    first, after = past.slots
    hour = charges.c.slot - charges.c.slot % (HOUR_NS // SLOT_NS)
    query = (
        sa.select(charges.c.agent, hour.label("hour"), sa.func.sum(charges.c.micro_usd))
        .where(charges.c.slot >= first, charges.c.slot < after, *wanted.of_charges())
        .group_by(charges.c.agent, hour)
        .limit(ROWS_MAX)
    )
    return [(row[0], row[1] * SLOT_NS, "", int(row[2])) for row in await connection.execute(query)]


def _place(one: Anomaly) -> tuple[int, str]:
    return int(one.at.timestamp() * 1_000) * NS_PER_MS, f"{one.kind} {one.agent} {one.run}"
