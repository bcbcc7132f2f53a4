"""Reads and writes runs and steps; keeps what it is given."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.kit.db import add_up, chunks, upsert
from holdfast_server.record.books.keeping import keep
from holdfast_server.record.runs.counts import tell_counts
from holdfast_server.record.runs.enclosing import find_enclosing_tools
from holdfast_server.record.runs.overtaking import overtake
from holdfast_server.record.runs.projection import LIVE, Projection, Spent, Spoken
from holdfast_server.record.runs.rows import RunRow, StepRow
from holdfast_server.record.runs.run import RunFilter
from holdfast_server.record.runs.session_rows import note_sessions
from holdfast_server.record.runs.tables import processes, rule_counts, runs, spend, steps
from holdfast_server.record.spans.store import Find


def read_run(row: sa.RowMapping) -> RunRow:
    """A row of `runs` as a value."""
    return RunRow(**row)


def read_step(row: sa.RowMapping) -> StepRow:
    """A row of `steps` as a value."""
    return StepRow(**row)


async def load_runs(connection: AsyncConnection, ids: Collection[str]) -> dict[str, RunRow]:
    """The runs of these ids, as many as there are."""
    found: dict[str, RunRow] = {}
    for some in chunks(ids):
        rows = await connection.execute(sa.select(runs).where(runs.c.id.in_(some)))
        found |= {row["id"]: read_run(row) for row in rows.mappings()}
    return found


async def load_steps(connection: AsyncConnection, ids: Collection[str]) -> dict[tuple[str, str], StepRow]:
    """The steps of these ids, by run and id."""
    found: dict[tuple[str, str], StepRow] = {}
    for some in chunks(ids):
        rows = await connection.execute(sa.select(steps).where(steps.c.id.in_(some)))
        found |= {(row["run"], row["id"]): read_step(row) for row in rows.mappings()}
    return found


async def save(connection: AsyncConnection, projection: Projection, find: Find) -> None:
    """Write what a batch of leaves came to; `find` is asked for spans that were counted before."""
    if projection.overtaken:
        await overtake(connection, await load_runs(connection, projection.overtaken), find)
    await upsert(connection, runs, list(projection.runs.values()))
    await upsert(connection, steps, list(projection.steps.values()))
    await note_sessions(connection, projection.runs.values())
    await tell_counts(connection, projection.told)
    await add_spend(connection, projection.spent)
    await keep(
        connection, projection.books, await find_enclosing_tools(connection, projection.books.inside.values())
    )
    await add_rule_counts(connection, projection.spoken)


async def add_rule_counts(connection: AsyncConnection, spoken: Mapping[tuple[str, int], Spoken]) -> None:
    """Add to how often rules spoke, minute by minute."""
    rows = [
        {"rule": rule, "minute": minute, **msgspec.structs.asdict(one)}
        for (rule, minute), one in spoken.items()
    ]
    await add_up(connection, rule_counts, ("refused", "would"), rows)


async def add_spend(connection: AsyncConnection, spent: Mapping[tuple[int, str], Spent]) -> None:
    """Add to what agents spent, minute by minute."""
    rows = [
        {"minute": minute, "agent": agent, **msgspec.structs.asdict(one)}
        for (minute, agent), one in spent.items()
    ]
    await add_up(connection, spend, ("micro_usd", "calls", "unpriced"), rows)


def filter_runs(wanted: RunFilter) -> list[sa.ColumnElement[bool]]:
    """The conditions of a filter."""
    columns = runs.c
    said: list[sa.ColumnElement[bool]] = []
    if wanted.q:
        pattern = f"%{escape(wanted.q)}%"
        searched = (
            columns.title,
            columns.agent,
            columns.id,
            columns.session,
            columns.error,
            columns.stopped_rule,
        )
        said.append(sa.or_(*(column.ilike(pattern, escape="\\") for column in searched)))
    if wanted.agents:
        said.append(columns.agent.in_(wanted.agents))
    if wanted.states:
        said.append(columns.state.in_(wanted.states))
    if wanted.verdicts:
        said.append(sa.or_(*(columns[verdict] > 0 for verdict in wanted.verdicts)))
    if wanted.session:
        said.append(columns.session == wanted.session)
    if wanted.since_ns is not None:
        said.append(columns.started_ns >= wanted.since_ns)
    if wanted.until_ns is not None:
        said.append(columns.started_ns < wanted.until_ns)
    return said


async def list_runs(
    connection: AsyncConnection, wanted: RunFilter, *, before: tuple[int, str] | None, limit: int
) -> list[RunRow]:
    """Runs, newest first."""
    query = sa.select(runs).where(*filter_runs(wanted))
    if before:
        query = query.where(sa.tuple_(runs.c.started_ns, runs.c.id) < before)
    query = query.order_by(runs.c.started_ns.desc(), runs.c.id.desc()).limit(limit)
    return [read_run(row) for row in (await connection.execute(query)).mappings()]


async def list_family(connection: AsyncConnection, trace: str, limit: int) -> list[RunRow]:
    """Every run of a trace, oldest first."""
    query = sa.select(runs).where(runs.c.trace == trace).order_by(runs.c.started_ns, runs.c.id).limit(limit)
    return [read_run(row) for row in (await connection.execute(query)).mappings()]


async def list_open_steps(connection: AsyncConnection, ids: Sequence[str], limit: int) -> list[StepRow]:
    """Steps of these runs that have begun and not ended."""
    found: list[StepRow] = []
    for some in chunks(ids):
        query = sa.select(steps).where(
            steps.c.run.in_(some), steps.c.state.in_(LIVE), steps.c.kind != "start"
        )
        rows = await connection.execute(query.order_by(steps.c.started_ns).limit(limit))
        found += [read_step(row) for row in rows.mappings()]
    return found


async def list_steps(
    connection: AsyncConnection, trace: str, *, after: tuple[int, str] | None, limit: int
) -> list[StepRow]:
    """A trace's steps in the order they began."""
    query = sa.select(steps).where(steps.c.trace == trace)
    if after:
        query = query.where(sa.tuple_(steps.c.started_ns, steps.c.id) > after)
    query = query.order_by(steps.c.started_ns, steps.c.id).limit(limit)
    return [read_step(row) for row in (await connection.execute(query)).mappings()]


async def list_steps_before(
    connection: AsyncConnection, run: str, *, before_ns: int, limit: int
) -> list[StepRow]:
    """The last steps a run took before this moment, oldest first."""
    query = sa.select(steps).where(
        steps.c.run == run, steps.c.started_ns < before_ns, steps.c.kind != "start"
    )
    rows = await connection.execute(query.order_by(steps.c.started_ns.desc()).limit(limit))
    return [read_step(row) for row in rows.mappings()][::-1]


async def find_step(connection: AsyncConnection, step: str, trace: str = "") -> StepRow | None:
    """The newest step of this id."""
    query = sa.select(steps).where(steps.c.id == step)
    if trace:
        query = query.where(steps.c.trace == trace)
    row = (await connection.execute(query.order_by(steps.c.started_ns.desc()).limit(1))).mappings().first()
    return read_step(row) if row else None


async def find_known_steps(connection: AsyncConnection, trace: str, ids: Iterable[str]) -> set[str]:
    """Which of these spans are steps with a decision."""
    known: set[str] = set()
    for some in chunks(list(ids)):
        query = sa.select(steps.c.id).where(steps.c.trace == trace, steps.c.id.in_(some))
        known |= set((await connection.scalars(query)).all())
    return known


async def load_dropped(connection: AsyncConnection, ids: Collection[str]) -> dict[str, int]:
    """How many spans these processes dropped, as they said."""
    found: dict[str, int] = {}
    for some in chunks(ids):
        query = sa.select(processes.c.id, processes.c.dropped_spans).where(processes.c.id.in_(some))
        found |= {row[0]: row[1] for row in await connection.execute(query)}
    return found


async def note_process(connection: AsyncConnection, row: Mapping[str, Any]) -> None:
    """Keep what a process says of itself."""
    await upsert(connection, processes, [row])


def escape(text: str) -> str:
    """A text as it stands in a LIKE."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
