"""What forecasts rest on: finished runs call by call, and days slot by slot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast.decision.budgets import find_zone, window_at
from holdfast_server.insight.costs.forecasting import Day
from holdfast_server.insight.costs.period import DAY_NS
from holdfast_server.insight.costs.wanted import Wanted
from holdfast_server.kit.db import chunks
from holdfast_server.kit.wire import NS_PER_S
from holdfast_server.record.books.tables import SLOT_NS, charges
from holdfast_server.record.runs.tables import runs, steps

SIBLINGS_MAX: Final = 200
CALLS_MAX: Final = 50_000
ENDED: Final = ("completed", "failed", "halted")


async def list_siblings(connection: AsyncConnection, run: sa.RowMapping) -> list[list[float]]:
    """The costs of the calls of finished runs of the same agent, the latest runs first."""
    query = (
        sa.select(runs.c.id, runs.c.priced_calls, runs.c.cost_micro_usd)
        .where(runs.c.agent == run["agent"], runs.c.state.in_(ENDED), runs.c.id != run["id"])
        .where(runs.c.governed == run["governed"], runs.c.priced_calls > 0)
        .order_by(runs.c.started_ns.desc())
        .limit(SIBLINGS_MAX)
    )
    found = (await connection.execute(query)).all()
    if run["governed"]:
        tracks = await list_calls(connection, [row.id for row in found])
        return [tracks[row.id] for row in found if row.id in tracks]
    return [_evenly(row.cost_micro_usd, row.priced_calls) for row in found]


async def list_own(connection: AsyncConnection, run: sa.RowMapping) -> list[float]:
    """The costs of the calls of one run so far."""
    if run["governed"]:
        return (await list_calls(connection, [run["id"]])).get(run["id"], [])
    return _evenly(run["cost_micro_usd"], run["priced_calls"])


async def list_calls(connection: AsyncConnection, ids: Collection[str]) -> dict[str, list[float]]:
    """The cost of each call of these runs, in the order they ended."""
    found: defaultdict[str, list[float]] = defaultdict(list)
    for some in chunks(ids):
        query = (
            sa.select(steps.c.run, steps.c.cost_micro_usd)
            .where(steps.c.run.in_(some), steps.c.cost_micro_usd.is_not(None))
            .where(steps.c.kind.in_(("model", "tool")))
            .order_by(steps.c.ended_ns)
            .limit(CALLS_MAX)
        )
        for run, micro_usd in await connection.execute(query):
            found[run].append(float(micro_usd))
    return dict(found)


async def list_slots(
    connection: AsyncConnection, since_ns: int, until_ns: int, wanted: Wanted
) -> dict[int, int]:
    """Micro-USD by slot; slots in which nothing was spent are left out."""
    first, after = since_ns // SLOT_NS, -(-until_ns // SLOT_NS)
    query = sa.select(charges.c.slot, sa.func.sum(charges.c.micro_usd)).where(
        charges.c.slot >= first, charges.c.slot < after, *wanted.of_charges()
    )
    return {row[0]: int(row[1]) for row in await connection.execute(query.group_by(charges.c.slot))}


def make_days(slots: dict[int, int], until_ns: int, zone: str) -> list[Day]:
    """Whole days up to the day of `until_ns`, oldest first, from the first in which anything was spent."""
    if not slots:
        return []
    days: list[Day] = []
    place = window_at("day", zone, min(slots) * SLOT_NS).end_ns
    today = window_at("day", zone, until_ns).start_ns
    while place < today:
        end = window_at("day", zone, place).end_ns
        days.append(Day(is_weekend(place, zone), tuple(map(float, read_slots(slots, place, end)))))
        place = end
    return days


def days_ahead(now_ns: int, end_ns: int, zone: str) -> list[bool]:
    """The whole days between today and the end of a window: whether each is one of a weekend."""
    found: list[bool] = []
    place = window_at("day", zone, now_ns).end_ns
    while place < end_ns:
        found.append(is_weekend(place, zone))
        place = window_at("day", zone, place).end_ns
    return found


def is_weekend(at_ns: int, zone: str) -> bool:
    """Whether it is Saturday or Sunday there."""
    return datetime.fromtimestamp(at_ns // NS_PER_S, find_zone(zone)).weekday() >= 5


def read_slots(slots: dict[int, int], since_ns: int, until_ns: int) -> Sequence[int]:
    """Every slot between two times."""
    return [slots.get(place, 0) for place in range(since_ns // SLOT_NS, until_ns // SLOT_NS)]


PAST_NS: Final = 56 * DAY_NS
"""How far back days are drawn from."""


def _evenly(micro_usd: int, calls: int) -> list[float]:
    """A run whose single calls are not kept here: each counts as much as another."""
    return [micro_usd / calls] * calls if calls else []
