"""Business signals: what somebody who knows says of a run or a session, after the fact."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import Field, model_validator
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.errors import NotFound
from holdfast_server.kit.clock import Clock
from holdfast_server.kit.db import Database
from holdfast_server.kit.idempotency import digest_request, find_made, remember
from holdfast_server.kit.ids import new_id
from holdfast_server.kit.paging import Page, PageAsk, read_cursor, write_cursor
from holdfast_server.kit.wire import MICRO, Ask, Name, Note, Wire, at, usd
from holdfast_server.record.outcomes.tables import signals
from holdfast_server.record.runs.tables import runs


class SignalAsk(Ask):
    """Whether a run, or all of a session, was worth it."""

    run: Name = ""
    session: Name = ""
    """Of the whole session; a signal about a run is believed before it."""
    name: Annotated[Name, Field(min_length=1)]
    """What was looked at: `refund_settled`, `ticket_reopened` …; the last signal of a name counts."""
    success: bool
    value_usd: Annotated[float, Field(ge=-1e9, le=1e9)] | None = None
    """What it was worth."""
    by: Name = ""
    note: Note = ""

    @model_validator(mode="after")
    def _one_of_both(self) -> SignalAsk:
        if bool(self.run) == bool(self.session):
            raise ValueError("say of which run or of which session it is: one of the two")
        return self


class Signal(Wire):
    """What was said, and when."""

    id: str
    run: str
    session: str
    name: str
    success: bool
    value_usd: float | None
    by: str
    note: str
    at: datetime


class Signals:
    """Takes signals, and lists them."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    async def add(self, ask: SignalAsk, *, key: str | None = None) -> Signal:
        """Keep a signal.

        Raises:
            NotFound: there is no such run, or no run of such a session.
            Conflict: the idempotency key was used for another signal.
        """
        digest = digest_request(ask)
        async with self._db.write() as connection:
            if made := await find_made(connection, key, digest):
                return await self._get(connection, made)
            await _require(connection, ask)
            row: dict[str, Any] = {
                **ask.model_dump(exclude={"value_usd"}),
                "id": new_id("sig"),
                "value_micro_usd": None if ask.value_usd is None else round(ask.value_usd * MICRO),
                "at_ns": self._clock(),
            }
            await connection.execute(sa.insert(signals).values(row))
            await remember(connection, key, digest, row["id"], row["at_ns"])
            return await self._get(connection, row["id"])

    async def page(self, page: PageAsk, *, run: str = "", session: str = "", name: str = "") -> Page[Signal]:
        """Signals, newest first."""
        query = sa.select(signals).order_by(signals.c.at_ns.desc(), signals.c.id.desc())
        for column, wanted in ((signals.c.run, run), (signals.c.session, session), (signals.c.name, name)):
            if wanted:
                query = query.where(column == wanted)
        if page.cursor:
            query = query.where(sa.tuple_(signals.c.at_ns, signals.c.id) < read_cursor(page.cursor))
        async with self._db.read() as connection:
            rows = (await connection.execute(query.limit(page.limit + 1))).mappings().all()
        shown = rows[: page.limit]
        more = len(rows) > page.limit
        following = write_cursor(shown[-1]["at_ns"], shown[-1]["id"]) if more else None
        return Page(items=[_show(row) for row in shown], next=following)

    async def _get(self, connection: AsyncConnection, name: str) -> Signal:
        found = await connection.execute(sa.select(signals).where(signals.c.id == name))
        return _show(found.mappings().one())


async def _require(connection: AsyncConnection, ask: SignalAsk) -> None:
    column, wanted = (runs.c.id, ask.run) if ask.run else (runs.c.session, ask.session)
    if await connection.scalar(sa.select(runs.c.id).where(column == wanted).limit(1)) is None:
        kind = "run" if ask.run else "session"
        raise NotFound(
            f"there is no {kind} {wanted}",
            hint="Send the signal after the run's first record; `holdfast runs` lists them.",
        )


def _show(row: sa.RowMapping) -> Signal:
    names = ("id", "run", "session", "name", "success", "by", "note")
    told = {name: row[name] for name in names}
    return Signal(**told, value_usd=usd(row["value_micro_usd"]), at=at(row["at_ns"]))
