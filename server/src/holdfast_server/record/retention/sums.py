"""What it cost and how it went, added up: the sums of a day go as a whole, but for those of what is held."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.kit.db import chunks
from holdfast_server.record.books.tables import SLOT_S, charges, conduct, latencies
from holdfast_server.record.retention.rule import Hold
from holdfast_server.record.runs.tables import rule_counts, runs, spend

DAY_S: Final = 86_400
PARTS: Final = 24
"""A day goes in so many transactions: others write between two of them."""


class Kept(msgspec.Struct, frozen=True):
    """Whose sums nobody may delete."""

    runs: frozenset[str]
    agents: frozenset[str]
    """Those of what is held: how calls went is known by agent alone."""


class Table(msgspec.Struct, frozen=True):
    """Sums by time."""

    table: sa.Table
    clock: str
    """The column that says when, in units of `unit_s`."""
    unit_s: int
    of: str = ""
    """The column that says whose they are, as `Kept` names it; empty where nobody knows."""


TABLES: Final = (
    Table(charges, "slot", SLOT_S, "run"),
    Table(conduct, "slot", SLOT_S, "agent"),
    Table(latencies, "slot", SLOT_S, "agent"),
    Table(spend, "minute", 60, "agent"),
    Table(rule_counts, "minute", 60),
)


async def find_kept(connection: AsyncConnection, held: Sequence[Hold], traces: Collection[str]) -> Kept:
    """Whose sums are held: of runs and traces that are, and of the agents that worked in them."""
    ids = {one.target for one in held if one.scope == "run"}
    agents = {one.target for one in held if one.scope == "agent"}
    for some in chunks(traces):
        for row in await connection.execute(sa.select(runs.c.id, runs.c.agent).where(runs.c.trace.in_(some))):
            ids.add(row[0])
            agents.add(row[1])
    return Kept(frozenset(ids), frozenset(agents))


async def find_day(connection: AsyncConnection, before: int, kept: Kept) -> int | None:
    """The first day, counted from the epoch, that ends before this one and of which something may go."""
    days: list[int] = []
    for one in TABLES:
        clock = one.table.c[one.clock]
        a_day = DAY_S // one.unit_s
        first = await connection.scalar(
            sa.select(sa.func.min(clock)).where(clock < before * a_day, *_free(one, kept))
        )
        days += [] if first is None else [first // a_day]
    return min(days, default=None)


async def count(connection: AsyncConnection, first: int, before: int, kept: Kept) -> int:
    """How many sums of these days may go."""
    total = 0
    for one in TABLES:
        query = sa.select(sa.func.count()).select_from(one.table)
        total += await connection.scalar(query.where(*_within(one, first, before), *_free(one, kept))) or 0
    return total


async def drop_part(connection: AsyncConnection, day: int, part: int, kept: Kept) -> None:
    """Delete one of the `PARTS` of a day."""
    for one in TABLES:
        within = _within(one, day + part / PARTS, day + (part + 1) / PARTS)
        await connection.execute(sa.delete(one.table).where(*within, *_free(one, kept)))


def _within(one: Table, first: float, before: float) -> list[sa.ColumnElement[bool]]:
    clock, a_day = one.table.c[one.clock], DAY_S // one.unit_s
    return [clock >= round(first * a_day), clock < round(before * a_day)]


def _free(one: Table, kept: Kept) -> list[sa.ColumnElement[bool]]:
    """That nobody holds it; where nobody knows whose it is, that nothing is held."""
    if not one.of:
        return [sa.false()] if kept.runs or kept.agents else []
    names = kept.runs if one.of == "run" else kept.agents
    return [one.table.c[one.of].not_in(some) for some in chunks(names)]
