"""A run whose traces came before its first record: what they had cost it is taken back, its records count.

The money stands in the books by run, so exactly that goes; of the minutes in which it was spent they know
five at a time. How the calls went stays counted: they were made.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.kit.db import chunks
from holdfast_server.record.books.tables import SLOT_S, charges
from holdfast_server.record.runs.tables import run_uses, spend

MINUTES: Final = SLOT_S // 60
SUMS: Final = ("micro_usd", "calls", "unpriced")


async def overtake(connection: AsyncConnection, overtaken: Collection[str]) -> None:
    """Take what these runs cost, as far as only traces told of it, out of the books."""
    for some in chunks(overtaken):
        of_runs = charges.c.run.in_(some)
        sums = [sa.func.sum(charges.c[name]).label(name) for name in SUMS]
        query = sa.select(charges.c.slot, charges.c.agent, *sums).where(of_runs)
        rows = (await connection.execute(query.group_by(charges.c.slot, charges.c.agent))).mappings().all()
        for row in rows:
            await _lower(connection, row["slot"], row["agent"], {name: int(row[name]) for name in SUMS})
        await connection.execute(sa.delete(charges).where(of_runs))
        await connection.execute(sa.delete(run_uses).where(run_uses.c.run.in_(some)))


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
