"""Takes one call out of the sums again, where it was not one.

The counters of `totals` stay as they are: they must never go down.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.record.books.books import Call, Who, amounts_of, bucket_of, size_of
from holdfast_server.record.books.tables import CHARGE_KEY, CHARGE_SUMS, SLOT_NS, charges, conduct, latencies

ROWS_MAX: Final = 1_000


class Given(msgspec.Struct, frozen=True):
    """What was taken out, and of whom."""

    agent: str
    micro_usd: int
    unpriced: int


async def give_back(
    connection: AsyncConnection, who: Who, call: Call, *, failed: bool, took_ns: int
) -> Given | None:
    """Take a model call out of the books; None when it is not in them.

    Args:
        connection: in the transaction that takes in why.
        who: whom it counted for, as far as it is known now.
        call: what was counted.
        failed: how it went.
        took_ns: how long it took.
    """
    row = await _find_charge(connection, who, call)
    if row is None:
        return None
    said = dict(zip(CHARGE_SUMS, amounts_of(call), strict=True))
    # A call that has a row to itself takes with it whatever a new price has made of it.
    whole = _is_alone(row, call)
    less = {name: row[name] if whole else min(row[name], said[name]) for name in CHARGE_SUMS}
    same = [charges.c[name] == row[name] for name in CHARGE_KEY]
    if whole:
        await connection.execute(sa.delete(charges).where(*same))
    else:
        await _lower(connection, charges, same, less)
    agent: str = row["agent"]
    went = "models_failed" if failed else "models_done"
    lower_done = {went: 1, "model_ns": max(0, took_ns)}
    await _lower_one(connection, conduct, row, lower_done, conduct.c[went] > 0)
    bucket = [latencies.c.kind == "model", latencies.c.bucket == bucket_of(max(0, took_ns))]
    await _lower_one(connection, latencies, row, {"calls": 1}, latencies.c.calls > 0, *bucket)
    return Given(agent, less["micro_usd"], less["unpriced"])


async def _find_charge(connection: AsyncConnection, who: Who, call: Call) -> sa.RowMapping | None:
    """The row that it was added to: agent and tool may have been unknown then, or be known better now."""
    query = sa.select(charges).where(
        charges.c.run == who.run,
        charges.c.provider == call.provider,
        charges.c.model == call.model,
        charges.c.size == size_of(call.tokens_in),
        charges.c.calls > 0,
    )
    rows = (await connection.execute(query.limit(ROWS_MAX))).mappings().all()
    slot = call.at_ns // SLOT_NS

    def strangeness(row: sa.RowMapping) -> tuple[Any, ...]:
        fits = _is_alone(row, call) or (row["calls"] > 1 and row["tokens_in"] >= call.tokens_in)
        return abs(row["slot"] - slot), not fits, row["agent"] != who.agent, row["tool"] != call.tool

    return min(rows, key=strangeness, default=None)


def _is_alone(row: sa.RowMapping, call: Call) -> bool:
    """Whether a row is of this call and no other."""
    tokens = row["tokens_in"], row["tokens_out"]
    return row["calls"] == 1 and tokens == (call.tokens_in, call.tokens_out)


async def _lower_one(
    connection: AsyncConnection,
    table: sa.Table,
    charge: sa.RowMapping,
    less: dict[str, int],
    *where: sa.ColumnElement[bool],
) -> None:
    """Lower what counts for the agent of a charge, in its version if that is there."""
    of_agent = [table.c.slot == charge["slot"], table.c.agent == charge["agent"], *where]
    versions = (await connection.scalars(sa.select(table.c.version).where(*of_agent))).all()
    if versions:
        version = min(versions, key=lambda one: (one != charge["version"], one))
        await _lower(connection, table, [*of_agent, table.c.version == version], less)


async def _lower(
    connection: AsyncConnection, table: sa.Table, where: list[sa.ColumnElement[bool]], less: dict[str, int]
) -> None:
    values = {name: table.c[name] - amount for name, amount in less.items() if amount}
    await connection.execute(sa.update(table).where(*where).values(values))
