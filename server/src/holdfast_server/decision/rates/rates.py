"""Permits for calls that have a rate: counted here, so that the rate holds for all processes together.

```text
permit given ──►|◄ part ►|◄ good ►|◄──── window ────►|  is counted until here, wherever its call was made
```

A call is made at most `good` after its permit was counted, so two calls that one window could hold are always
counted together: the limit is never passed. A window is longer by the two small parts for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast.decision.permits import PARTS, Permit, PermitAsk, PermitAsks, Permitted, good_s
from holdfast_server.decision.rates.tables import rate_counts
from holdfast_server.kit.clock import Clock
from holdfast_server.kit.db import Database, insert_into
from holdfast_server.kit.wire import NS_PER_S

LONGEST_NS: Final = 2 * 86_400 * NS_PER_S
SHARES: Final = 2
"""What is given ahead is at most this part, for each process, of what is left."""


class Rates:
    """Counts for every process that asks."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    async def permit(self, asked: PermitAsks) -> Permitted:
        """A permit of each rate that a call counts in, or of none."""
        windows = [_Window(one, self._clock()) for one in asked.asks]
        async with self._db.write() as connection:
            # In one order for everybody, so that two who want the same never wait for each other.
            for name in sorted({one.name for one in windows}):
                await _lock(connection, name)
            for one in windows:
                await one.give_back(connection, asked.process)
                await one.look(connection)
            waits = [one.wait_ns for one in windows]
            if not any(waits):
                for one in windows:
                    await one.give(connection, asked.process)
        return Permitted(tuple(one.show(asked.process) for one in windows))

    async def forget(self) -> None:
        """Drop what no window reaches back to, and the locks of rates in which nothing is counted."""
        table = rate_counts.c
        counted = sa.select(table.rate).where(table.at_ns > 0)
        async with self._db.write() as connection:
            old = (table.at_ns > 0, table.at_ns < self._clock() - LONGEST_NS)
            await connection.execute(sa.delete(rate_counts).where(*old))
            # A lock is deleted when nobody holds it, and made again by whoever counts next.
            unused = (table.at_ns == 0, table.rate.not_in(counted))
            await connection.execute(sa.delete(rate_counts).where(*unused))


class _Row(msgspec.Struct, frozen=True):
    at_ns: int
    process: str
    calls: int


class _Window:
    """One rate, as it stands in one request."""

    def __init__(self, ask: PermitAsk, now_ns: int) -> None:
        self._ask, self._now = ask, now_ns
        self.name = f"{ask.of}/{ask.per_s:g}/{ask.name}"
        self._good_ns = round(good_s(ask.per_s) * NS_PER_S)
        self._part_ns = max(1, round(ask.per_s * NS_PER_S / PARTS))
        self._counted_ns = round(ask.per_s * NS_PER_S) + self._part_ns + self._good_ns
        self._rows: Sequence[_Row] = ()
        self._given = 0
        self.wait_ns = 0
        """Until one more fits; 0 when it does."""

    async def give_back(self, connection: AsyncConnection, process: str) -> None:
        """Take back what a process did not use of its last grant."""
        ask = self._ask
        if not ask.back or not ask.grant:
            return
        where = (
            rate_counts.c.rate == self.name,
            rate_counts.c.at_ns == ask.grant,
            rate_counts.c.process == process,
            rate_counts.c.calls >= ask.back,
        )
        fewer = sa.update(rate_counts).where(*where).values(calls=rate_counts.c.calls - ask.back)
        await connection.execute(fewer)

    async def look(self, connection: AsyncConnection) -> None:
        """Read what is counted now, and how long until one more fits."""
        table = rate_counts.c
        query = sa.select(table.at_ns, table.process, table.calls).where(
            table.rate == self.name, table.at_ns > max(0, self._now - self._counted_ns)
        )
        rows = (await connection.execute(query.order_by(table.at_ns))).mappings()
        self._rows = [_Row(**row) for row in rows]
        over = sum(row.calls for row in self._rows) + 1 - self._ask.calls
        for row in self._rows:
            if over <= 0:
                break
            over -= row.calls
            self.wait_ns = row.at_ns + self._counted_ns - self._now

    async def give(self, connection: AsyncConnection, process: str) -> None:
        """Count what is given."""
        left = self._ask.calls - sum(row.calls for row in self._rows)
        share = left // (SHARES * len(self._holders(process)))
        self._given = 1 + max(0, min(self._ask.ahead, share))
        row = {"rate": self.name, "at_ns": self._place, "process": process, "calls": self._given}
        made = insert_into(connection, rate_counts).values(row)
        more = {"calls": rate_counts.c.calls + made.excluded.calls}
        await connection.execute(
            made.on_conflict_do_update(index_elements=["rate", "at_ns", "process"], set_=more)
        )

    def show(self, process: str) -> Permit:
        """The answer."""
        return Permit(
            granted=self._given,
            good_s=self._good_ns / NS_PER_S,
            wait_s=self.wait_ns / NS_PER_S,
            grant=self._place if self._given else 0,
            holders=len(self._holders(process)),
        )

    @property
    def _place(self) -> int:
        return self._now - self._now % self._part_ns

    def _holders(self, process: str) -> set[str]:
        return {row.process for row in self._rows if row.calls} | {process}


async def _lock(connection: AsyncConnection, name: str) -> None:
    """Nobody else counts in this rate until the transaction ends."""
    row = {"rate": name, "at_ns": 0, "process": "", "calls": 0}
    made = insert_into(connection, rate_counts).values(row)
    same = {"calls": made.excluded.calls}
    await connection.execute(
        made.on_conflict_do_update(index_elements=["rate", "at_ns", "process"], set_=same)
    )
