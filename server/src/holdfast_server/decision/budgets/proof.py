"""What the ledger of a process proves that it used: the only word about a process that died."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast.record import Leaf
from holdfast.record.tally import tally
from holdfast_server.errors import Conflict
from holdfast_server.record.ledger.log import ServerLedger
from holdfast_server.record.ledger.tables import leaves

RECORDS_MAX: Final = 2_000_000
"""Records of one process that are read to settle its leases."""


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

    def _read(self, places: Sequence[int]) -> Iterator[Leaf]:
        return (self._ledger.read(place) for place in places)
