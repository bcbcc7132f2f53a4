"""The verbs of saved views: save, list, change, delete."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.errors import Conflict, NotFound
from holdfast_server.insight.search.fields import NounName
from holdfast_server.insight.search.search import Search
from holdfast_server.insight.search.tables import views
from holdfast_server.insight.search.view import View, ViewAsk, ViewEdit, ViewList
from holdfast_server.kit.clock import Clock
from holdfast_server.kit.db import Database
from holdfast_server.kit.ids import new_id
from holdfast_server.kit.wire import at

VIEWS_MAX: Final = 500


class Views:
    """Searches that were given a name."""

    def __init__(self, db: Database, search: Search, clock: Clock) -> None:
        self._db, self._search, self._clock = db, search, clock

    async def list(self, noun: NounName | None = None) -> ViewList:
        """Every view, by name."""
        query = sa.select(views).order_by(views.c.noun, views.c.name)
        if noun:
            query = query.where(views.c.noun == noun)
        async with self._db.read() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return ViewList(items=[_show(row) for row in rows])

    async def get(self, view: str) -> View:
        """One view.

        Raises:
            NotFound: there is none of this id.
        """
        async with self._db.read() as connection:
            return _show(await _read(connection, view))

    async def save(self, asked: ViewAsk) -> View:
        """Give a query a name.

        Raises:
            BadQuery: the query cannot be read.
            Conflict: another view has the name, or there are too many.
        """
        self._search.check(asked.noun, asked.q)
        now = self._clock()
        view = new_id("view")
        row = {"id": view, **asked.model_dump(), "at_ns": now, "changed_ns": now}
        async with self._db.write() as connection:
            if (await connection.scalar(sa.select(sa.func.count()).select_from(views)) or 0) >= VIEWS_MAX:
                raise Conflict(f"there are {VIEWS_MAX} views", hint="Delete one that nobody uses.")
            await _taking(connection, sa.insert(views).values(row), asked.name)
            return _show(await _read(connection, view))

    async def edit(self, view: str, edit: ViewEdit) -> View:
        """Rename it, or change what it finds.

        Raises:
            NotFound: there is none of this id.
            BadQuery: the query cannot be read.
            Conflict: another view has the name.
        """
        changed = edit.model_dump(exclude_none=True)
        async with self._db.write() as connection:
            before = await _read(connection, view)
            self._search.check(before["noun"], changed.get("q", before["q"]))
            values = {**changed, "changed_ns": self._clock()}
            name = changed.get("name", before["name"])
            await _taking(connection, sa.update(views).where(views.c.id == view).values(values), name)
            return _show(await _read(connection, view))

    async def delete(self, view: str) -> View:
        """Forget it; the answer is what it was.

        Raises:
            NotFound: there is none of this id.
        """
        async with self._db.write() as connection:
            row = await _read(connection, view)
            await connection.execute(sa.delete(views).where(views.c.id == view))
            return _show(row)


async def _read(connection: AsyncConnection, view: str) -> sa.RowMapping:
    row = (await connection.execute(sa.select(views).where(views.c.id == view))).mappings().first()
    if row is None:
        raise NotFound(f"there is no view {view[:64]}", hint="GET /v1/views lists them.")
    return row


async def _taking(connection: AsyncConnection, statement: sa.Executable, name: str) -> None:
    try:
        await connection.execute(statement)
    except IntegrityError as error:
        told = f"another view is called {name}"
        raise Conflict(told, hint="Choose another name, or change that view.") from error


def _show(row: sa.RowMapping) -> View:
    return View(
        **{name: row[name] for name in ("id", "noun", "name", "q", "sort", "by")},
        at=at(row["at_ns"]),
        changed_at=at(row["changed_ns"]),
        link=f"/{row['noun']}?view={row['id']}",
    )
