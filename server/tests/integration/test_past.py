"""The recorded past, read for judging it again: the newest so many, oldest first, with who acted."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from holdfast_server.kit.db import upsert
from holdfast_server.record.runs.past import read_past, stream_past
from holdfast_server.record.runs.rows import RunRow, StepRow
from holdfast_server.record.runs.tables import runs, steps


def step(n: int, *, at: int, **fields: Any) -> StepRow:
    return StepRow("t", f"{n:04}", run="r", agent="clerk", verdict="allow", started_ns=at, **fields)


@pytest.fixture
async def db(here):
    rows = [
        step(1, at=10, arguments={"q": [1, "é"]}, labels=["pii"], reasons=[{"rule": "a"}], result="found"),
        step(2, at=20),
        step(3, at=20),
        step(4, at=30, facts={"citations": 2}),
        msgspec.structs.replace(step(5, at=40), verdict=None),
        msgspec.structs.replace(step(6, at=50), run="unknown", agent="another"),
    ]
    run = RunRow("r", "t", agent="clerk", version="2", owner="ops", person="eve", chain=["a", "clerk"])
    db = here.services.backtests.db
    async with db.write() as connection:
        await upsert(connection, runs, [msgspec.structs.asdict(run)])
        await upsert(connection, steps, [msgspec.structs.asdict(one) for one in rows])
    return db


async def read(db: Any, **wanted: Any) -> list[tuple[StepRow, RunRow | None]]:
    async with db.read() as connection:
        asked = {"since_ns": 0, "limit": 100, **wanted}
        return [one async for page in stream_past(connection, **asked) for one in read_past(page)]


async def test_what_was_decided_comes_in_order_with_all_that_judging_reads(db):
    found = await read(db)
    assert [one.id for one, _ in found] == ["0001", "0002", "0003", "0004", "0006"]
    first, run = found[0]
    assert (first.arguments, first.labels, first.reasons) == ({"q": [1, "é"]}, ["pii"], [{"rule": "a"}])
    assert (first.result, first.facts) == ("found", None)
    assert run is not None
    assert (run.chain, run.version, run.owner, run.person) == (["a", "clerk"], "2", "ops", "eve")
    assert found[3][0].facts == {"citations": 2}
    assert found[4][1] is None


async def test_the_newest_so_many_are_read_however_many_began_at_one_time(db):
    assert [one.id for one, _ in await read(db, limit=3)] == ["0003", "0004", "0006"]
    assert [one.id for one, _ in await read(db, limit=1)] == ["0006"]


async def test_a_time_and_an_agent_narrow_it(db):
    assert [one.id for one, _ in await read(db, since_ns=30)] == ["0004", "0006"]
    assert [one.id for one, _ in await read(db, agent="clerk", limit=2)] == ["0003", "0004"]
