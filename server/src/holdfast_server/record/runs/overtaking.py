"""A run whose traces came before its first record: what was counted of them is taken back, its records count.

The money stands in the books by run, so exactly that goes; of the minutes in which it was spent they know
five at a time. How the calls went and how long they took stands there by agent, so it is counted again of
the spans that were counted, and goes as well; what is counted since ever never goes down.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.errors import Unavailable
from holdfast_server.kit.db import chunks
from holdfast_server.record.books.books import Books
from holdfast_server.record.books.keeping import take_conduct_back
from holdfast_server.record.books.tables import SLOT_S, charges
from holdfast_server.record.runs.bookkeeping import book_span, is_ours
from holdfast_server.record.runs.rows import RunRow
from holdfast_server.record.runs.seen import load_seen
from holdfast_server.record.runs.tables import run_uses, runs, spend
from holdfast_server.record.spans.store import Find

MINUTES: Final = SLOT_S // 60
SPANS_MAX: Final = 1_000
"""Of a run of more spans how its calls went stays counted."""
SUMS: Final = ("micro_usd", "calls", "unpriced")


async def overtake(connection: AsyncConnection, overtaken: Mapping[str, RunRow], find: Find) -> None:
    """Take what was counted of these runs, as only traces told of them, out of the books.

    Args:
        connection: in the transaction that takes in their first records.
        overtaken: the runs as their traces left them, by id.
        find: asked for the spans that were counted.
    """
    for some in chunks(overtaken):
        of_runs = charges.c.run.in_(some)
        sums = [sa.func.sum(charges.c[name]).label(name) for name in SUMS]
        query = sa.select(charges.c.slot, charges.c.agent, *sums).where(of_runs)
        rows = (await connection.execute(query.group_by(charges.c.slot, charges.c.agent))).mappings().all()
        for row in rows:
            await _lower(connection, row["slot"], row["agent"], {name: int(row[name]) for name in SUMS})
        await connection.execute(sa.delete(charges).where(of_runs))
        await connection.execute(sa.delete(run_uses).where(run_uses.c.run.in_(some)))
    for run in overtaken.values():
        await _take_conduct_back(connection, run, find)


async def _take_conduct_back(connection: AsyncConnection, run: RunRow, find: Find) -> None:
    governed = sa.select(runs.c.id).where(runs.c.trace == run.trace, runs.c.governed).limit(1)
    seen = (await load_seen(connection, [run.trace]))[run.trace].ids
    if len(seen) > SPANS_MAX or await connection.scalar(governed):
        return  # nobody may wait so long, or nobody can tell which of the spans were counted
    books = Books()
    try:
        for span in await find(run.trace, sorted(one.hex() for one in seen)):
            if not is_ours(span):
                book_span(books, run, span, span.end_ns, {})
    except Unavailable:
        return
    await take_conduct_back(connection, books)


async def _lower(connection: AsyncConnection, slot: int, agent: str, less: Mapping[str, int]) -> None:
    """Take sums from the minutes of a slot, the first minute first, and from none more than it has."""
    first = slot * MINUTES
    of_agent = spend.c.agent == agent, spend.c.minute >= first, spend.c.minute < first + MINUTES
    left = dict(less)
    for row in (await connection.execute(sa.select(spend).where(*of_agent).order_by(spend.c.minute))).all():
        here: dict[str, Any] = {name: min(left[name], getattr(row, name)) for name in SUMS}
        left = {name: left[name] - here[name] for name in SUMS}
        values = {name: spend.c[name] - here[name] for name in SUMS}
        minute = spend.c.agent == agent, spend.c.minute == row.minute
        await connection.execute(sa.update(spend).where(*minute).values(values))
