"""What the ledger of a process proves that it used: the only word about a process that died."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast.decision.budgets import BudgetTerms
from holdfast.decision.budgets.exchange import LeaseRow
from holdfast.record import DecisionRecord, Leaf
from holdfast.record.tally import recount, tally
from holdfast_server.errors import Conflict
from holdfast_server.record.ledger.log import ServerLedger
from holdfast_server.record.ledger.tables import leaves

RECORDS_MAX: Final = 2_000_000
"""Records of one process that are read to settle its leases."""


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

    def __init__(self, ledger: ServerLedger) -> None:
        self._ledger = ledger

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
            Conflict: not all of its records are here, or they are too many to read.
        """
        query = sa.select(leaves.c.position).where(leaves.c.log == log, leaves.c.log_index < size)
        places = list((await connection.scalars(query.order_by(leaves.c.log_index).limit(RECORDS_MAX))).all())
        if len(places) != size:
            hint = "Ship the whole ledger first; what is in doubt counts as used until then."
            raise Conflict(f"{len(places)} of the {size} records of {log[:64]} are here", hint=hint)
        return await asyncio.to_thread(lambda: tally(self._read(places), units))

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
        query = sa.select(leaves.c.position).where(*wanted).order_by(leaves.c.position).limit(RECORDS_MAX)
        places = list((await connection.scalars(query)).all())
        units = {name: terms[row.budget].unit for name, row in rows.items()}
        used, under_way = await asyncio.to_thread(lambda: recount(self._read(places), units))
        return [_recall(row, terms[row.budget], used[name], under_way) for name, row in rows.items()]

    def _read(self, places: Sequence[int]) -> Iterator[Leaf]:
        return (self._ledger.read(place) for place in places)


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
