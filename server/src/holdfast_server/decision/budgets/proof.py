"""What the ledger of a process proves that it used: the only word about a process that died."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast.decision.budgets import BudgetTerms
from holdfast.decision.budgets.exchange import LeaseRow
from holdfast.record import DecisionRecord
from holdfast.record.tally import Tally
from holdfast_server.errors import Conflict
from holdfast_server.record.ledger.log import ServerLedger
from holdfast_server.record.ledger.tables import leaves

PAGE: Final = 10_000
"""Records in memory at once, however long the ledger is."""


class Recalled(msgspec.Struct, frozen=True):
    """One lease of a life before this one."""

    row: LeaseRow
    terms: BudgetTerms
    used: int
    """By calls that ended."""
    holds: dict[str, int]
    """By steps that are still under way."""
    began: dict[str, int]
    """When each of them was decided."""


class Proof:
    """Reads the records of one process back from the server's own log."""

    def __init__(self, ledger: ServerLedger, page: int = PAGE) -> None:
        self._ledger, self._page = ledger, page

    async def used(
        self, connection: AsyncConnection, log: str, size: int, units: Mapping[str, str]
    ) -> dict[str, int]:
        """How much of each lease was used.

        Args:
            connection: where the log's index stands.
            log: the ledger of the process.
            size: how many records it holds.
            units: the unit of every lease that is asked about.

        Raises:
            Conflict: not all of its records are here.
        """
        whole = (leaves.c.log == log, leaves.c.log_index < size)
        here = await connection.scalar(sa.select(sa.func.count()).select_from(leaves).where(*whole))
        if here != size:
            hint = "Ship the whole ledger first; what is in doubt counts as used until then."
            raise Conflict(f"{here} of the {size} records of {log[:64]} are here", hint=hint)
        return (await self._tally(connection, whole, leaves.c.log_index, units)).whole()

    async def recall(
        self,
        connection: AsyncConnection,
        log: str,
        rows: Mapping[str, LeaseRow],
        terms: Mapping[str, BudgetTerms],
    ) -> list[Recalled]:
        """What the own ledger says of the leases of a life before this one.

        Args:
            connection: where the log's index stands.
            log: the name of the own log.
            rows: the leases, by id.
            terms: their budgets.
        """
        since = min(row.granted_ns for row in rows.values())
        wanted = (leaves.c.log == log, leaves.c.at_ns >= since, leaves.c.type.in_(("decision", "outcome")))
        units = {name: terms[row.budget].unit for name, row in rows.items()}
        told = await self._tally(connection, wanted, leaves.c.position, units)
        return [
            _recall(row, terms[row.budget], told.used[name], told.under_way) for name, row in rows.items()
        ]

    async def _tally(
        self,
        connection: AsyncConnection,
        wanted: Sequence[sa.ColumnElement[bool]],
        order: sa.Column[int],
        units: Mapping[str, str],
    ) -> Tally:
        """Read these records in this order, a page at a time."""
        told, last = Tally(units), -1
        while True:
            query = sa.select(leaves.c.position, order).where(*wanted, order > last)
            rows = (await connection.execute(query.order_by(order).limit(self._page))).all()
            if not rows:
                return told
            last = rows[-1][1]
            await asyncio.to_thread(told.add, (self._ledger.read(place) for place, _ in rows))


def _recall(
    row: LeaseRow, terms: BudgetTerms, used: int, under_way: Mapping[str, DecisionRecord]
) -> Recalled:
    about = [(one, amount) for one in under_way.values() for lease, amount in one.leases if lease == row.id]
    return Recalled(
        row,
        terms,
        used,
        holds={one.step: amount for one, amount in about},
        began={one.step: one.at_ns for one, _ in about},
    )
