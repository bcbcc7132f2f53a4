"""Who writes into the control database, and when."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.kit.db import Database, insert_into, insert_rows, sqlite_url, upsert
from holdfast_server.kit.db import control_url as open_control


async def test_an_order_waits_for_the_write_under_way_and_not_for_the_line_behind_it(tmp_path: Path) -> None:
    db, wrote = Database(sqlite_url(tmp_path / "control.db")), list[str]()
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def write(name: str, *, first: bool = False) -> None:
        async with db.write(first=first):
            begun.set()
            await go_on.wait()
            wrote.append(name)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(write("under way"))
        await begun.wait()
        for name in ("second", "third", "fourth"):
            tasks.create_task(write(name))
        await asyncio.sleep(0)
        tasks.create_task(write("order", first=True))
        await asyncio.sleep(0)
        go_on.set()
    await db.close()
    assert wrote == ["under way", "order", "second", "third", "fourth"]


async def test_who_gives_up_waiting_holds_nobody_up(tmp_path: Path) -> None:
    db = Database(sqlite_url(tmp_path / "control.db"))
    async with db.write():
        waiting = [asyncio.create_task(db.write(first=first).__aenter__()) for first in (False, True)]
        await asyncio.sleep(0)
        for one in waiting:
            one.cancel()
        assert await asyncio.gather(*waiting, return_exceptions=True)
    async with asyncio.timeout(5), db.write():
        pass
    await db.close()


THINGS: Final = sa.Table(
    "things",
    sa.MetaData(),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("said", sa.JSON, nullable=False),
    sa.Column("more", sa.JSON),
    sa.Column("count", sa.BigInteger),
    sa.Column("share", sa.Float),
    sa.Column("kept", sa.Boolean, nullable=False),
    sa.Column("raw", sa.LargeBinary),
)


async def test_many_rows_are_written_as_one_by_one(control_url: str, tmp_path: Path) -> None:
    db = Database(open_control(control_url, tmp_path))
    thing = {
        "said": {"ü": [1, None]},
        "more": None,
        "count": 2**40,
        "share": 0.5,
        "kept": True,
        "raw": b"\0a",
    }
    bare: dict[str, Any] = {"said": [], "more": {}, "count": None, "share": None, "kept": False, "raw": None}
    rows = [{"name": f"{number:02d}", **(bare if number % 3 else thing)} for number in range(32)]
    try:
        async with db.write() as connection:
            await connection.run_sync(THINGS.create)
            written = list[Sequence[sa.Row[Any]]]()
            for step in (len(rows), 1):
                for start in range(0, len(rows), step):
                    await upsert(connection, THINGS, rows[start : start + step])
                    await _add(connection, rows[start : start + step])
                found = await connection.execute(sa.select(THINGS).order_by(THINGS.c.name))
                written.append(found.all())
                await connection.execute(sa.delete(THINGS))
            await connection.run_sync(THINGS.drop)
    finally:
        await db.close()
    assert len(written[0]) == len(rows)
    assert written[0] == written[1]


async def _add(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """With a value of the statement's own beside those of the rows."""
    made = insert_into(connection, THINGS)
    fresh = sa.case((made.excluded.share == 0.5, THINGS.c.count + made.excluded.count), else_=7)
    statement = made.on_conflict_do_update(index_elements=["name"], set_={"count": fresh})
    await insert_rows(connection, statement, rows)
