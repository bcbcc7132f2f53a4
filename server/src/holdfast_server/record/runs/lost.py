"""Runs whose process died, and traces that never ended: they are lost, and say so."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import Final

import sqlalchemy as sa

from holdfast_server.kit.clock import Clock
from holdfast_server.kit.db import Database
from holdfast_server.kit.wire import NS_PER_S
from holdfast_server.record.runs.changes import Changes
from holdfast_server.record.runs.projection import LIVE
from holdfast_server.record.runs.tables import processes, runs
from holdfast_server.settings import Runs as Times

Connected = Callable[[], Collection[str]]
"""The processes whose control stream is open."""
Asking = Callable[[Collection[str]], Awaitable[Collection[str]]]
"""Which of these runs wait for a person: another process may resume them, so they are not lost yet."""


GONE: Final = "its process is gone"
ENDLESS: Final = "the span that holds the whole run never came"


class LostRuns:
    """Looks for runs that nobody will end any more."""

    def __init__(
        self,
        db: Database,
        changes: Changes,
        clock: Clock,
        times: Times,
        *,
        connected: Connected,
        asking: Asking,
    ) -> None:
        self._db, self._changes, self._clock, self._times = db, changes, clock, times
        self._connected, self._asking = connected, asking
        self._began_ns = clock()

    async def look(self) -> None:
        """Mark what is lost."""
        now = self._clock()
        silent = now - int(self._times.lost_after_s * NS_PER_S)
        idle = now - int(self._times.idle_after_s * NS_PER_S)
        if self._began_ns > silent:
            return  # after a restart everybody gets the time to come back
        gone = sa.select(processes.c.id).where(
            processes.c.last_ns < silent, processes.c.id.not_in(tuple(self._connected()))
        )
        heard_ns = sa.case((runs.c.seen_ns > 0, runs.c.seen_ns), else_=runs.c.last_ns)
        untold = sa.and_(sa.not_(runs.c.governed), heard_ns < idle)
        dead = sa.and_(runs.c.governed, runs.c.process.in_(gone))
        query = sa.select(runs.c.id).where(runs.c.state.in_(LIVE), sa.or_(untold, dead)).limit(1000)
        async with self._db.read() as connection:
            found = (await connection.scalars(query)).all()
        spared = frozenset(await self._asking(found)) if found else frozenset[str]()
        ids = [run for run in found if run not in spared]
        if not ids:
            return
        async with self._db.write() as connection:
            lost = sa.update(runs).where(runs.c.id.in_(ids), runs.c.state.in_(LIVE))
            why = sa.case((runs.c.governed, GONE), else_=ENDLESS)
            await connection.execute(lost.values(state="lost", ended_ns=runs.c.last_ns, error=why))
        self._changes.touch(runs=ids)
