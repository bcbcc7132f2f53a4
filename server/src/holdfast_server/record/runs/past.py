"""The recorded past in the order in which it was decided, with only what judging it again needs.

A hundred thousand actions are read at once, so rows come as bare tuples and JSON as text: as mappings of
every column, reading them took six times as long (measured, SQLite).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from functools import lru_cache
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.record.runs.rows import RunRow, StepRow
from holdfast_server.record.runs.tables import runs, steps

PAGE: Final = 2_000
PLAIN: Final = (
    "trace", "id", "run", "session", "parent", "agent", "kind", "target", "effect", "state", "error",
    "approval", "verdict", "started_ns", "ended_ns", "hold_micro_usd", "tokens_in", "tokens_out",
    "cost_micro_usd",
)  # fmt: skip
"""Columns of a step that are read as they are."""
PARSED: Final = ("reasons", "labels", "unendorsed", "arguments", "result", "facts")
"""Columns of a step that hold JSON."""
OF_RUN: Final = ("chain", "version", "owner", "person")

_parse = msgspec.json.Decoder().decode


Row = tuple[Any, ...]


async def stream_past(
    connection: AsyncConnection, *, since_ns: int, agent: str = "", limit: int
) -> AsyncGenerator[list[Row]]:
    """What was decided since then, the newest so many, oldest first and a page at a time; for `read_past`.

    Args:
        connection: to read from; it is in use until the last page.
        since_ns: nanoseconds since the epoch.
        agent: only what this agent did; empty for everyone.
        limit: the most steps.
    """
    at = sa.tuple_(steps.c.started_ns, steps.c.id)
    said = [steps.c.started_ns >= since_ns, steps.c.verdict.is_not(None)]
    if agent:
        said.append(steps.c.agent == agent)
    # The place of the oldest is found first: sorting keys alone is ten times faster than sorting rows.
    oldest = sa.select(steps.c.started_ns, steps.c.id).where(*said).order_by(*_newest_first()).limit(1)
    cut = (await connection.execute(oldest.offset(limit - 1))).first()
    if cut is not None:
        said += [steps.c.started_ns >= cut[0], at >= tuple(cut)]
    columns = (*_columns(steps, PLAIN), *_columns(steps, PARSED), *_columns(runs, OF_RUN))
    query = sa.select(*columns).select_from(steps.outerjoin(runs, runs.c.id == steps.c.run)).where(*said)
    rows = await connection.stream(query.order_by(steps.c.started_ns, steps.c.id))
    async for page in rows.partitions(PAGE):
        yield [tuple(row) for row in page]


def read_past(page: Iterable[Row]) -> Iterable[tuple[StepRow, RunRow | None]]:
    """A page of `stream_past` as values: steps, with as much of their run as says who acted."""
    parsed = len(PLAIN) + len(PARSED)
    for row in page:
        step = StepRow(**dict(zip(PLAIN, row, strict=False)))
        for name, text in zip(PARSED, row[len(PLAIN) : parsed], strict=True):
            if text is not None and text != "[]":
                setattr(step, name, _parse(text))
        yield step, _run(row[2], *row[parsed:])


def _columns(table: sa.Table, names: Iterable[str]) -> Iterable[sa.ColumnElement[Any]]:
    """JSON as text: it is parsed in the thread that judges."""
    return [sa.cast(c, sa.Text) if isinstance(c.type, sa.JSON) else c for c in (table.c[n] for n in names)]


def _newest_first() -> tuple[sa.ColumnElement[Any], ...]:
    return steps.c.started_ns.desc(), steps.c.id.desc()


@lru_cache(64)
def _run(name: str, chain: str | None, version: str, owner: str, person: str) -> RunRow | None:
    """One value for all steps of a run; None when the run is not known."""
    if chain is None:
        return None
    return RunRow(name, "", chain=_parse(chain), version=version, owner=owner, person=person)
