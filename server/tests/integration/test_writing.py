"""Who writes into the control database, and when."""

from __future__ import annotations

import asyncio
from pathlib import Path

from holdfast_server.kit.db import Database, sqlite_url


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
