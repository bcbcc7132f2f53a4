"""Reads and writes rules, holds, and what of the control state goes with a day."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.kit.db import chunks, upsert
from holdfast_server.kit.wire import at, at_or_none
from holdfast_server.record.outcomes.tables import signals
from holdfast_server.record.retention.rule import Hold, Kind, Rule
from holdfast_server.record.retention.tables import holds, retention_rules, swept_days
from holdfast_server.record.runs.tables import (
    processes,
    run_counts,
    run_traces,
    run_uses,
    runs,
    seen_spans,
    sessions,
    span_links,
    steps,
)

LIVE: Final = ("running", "waiting")
SOME: Final = 2_000
"""Rows that go in one transaction: others write between two of them."""


async def load_rules(connection: AsyncConnection, project: str) -> dict[Kind, Rule]:
    """The rules that somebody set."""
    rows = await connection.execute(sa.select(retention_rules).where(retention_rules.c.project == project))
    return {
        row["kind"]: Rule(kind=row["kind"], days=row["days"], by=row["by"], set_at=at(row["at_ns"]))
        for row in rows.mappings()
    }


async def save_rule(connection: AsyncConnection, row: Mapping[str, Any]) -> None:
    """Set a rule."""
    await upsert(connection, retention_rules, [row])


async def load_holds(connection: AsyncConnection, project: str) -> list[Hold]:
    """The holds in force, oldest first."""
    query = sa.select(holds).where(holds.c.project == project, holds.c.released_ns.is_(None))
    rows = await connection.execute(query.order_by(holds.c.at_ns, holds.c.id))
    return [show_hold(row) for row in rows.mappings()]


async def find_hold(connection: AsyncConnection, hold: str) -> Hold | None:
    """A hold, in force or not."""
    row = (await connection.execute(sa.select(holds).where(holds.c.id == hold))).mappings().first()
    return show_hold(row) if row else None


def show_hold(row: Mapping[str, Any] | sa.RowMapping) -> Hold:
    """A row as it is shown."""
    return Hold(
        id=row["id"],
        scope=row["scope"],
        target=row["target"],
        reason=row["reason"],
        by=row["by"],
        at=at(row["at_ns"]),
        released_at=at_or_none(row["released_ns"]),
        released_by=row["released_by"],
    )


async def held_traces(connection: AsyncConnection, held: Sequence[Hold]) -> set[str]:
    """The traces of everything that is held."""
    traces: set[str] = set()
    for scope, column in (("agent", runs.c.agent), ("session", runs.c.session), ("run", runs.c.id)):
        for some in chunks([one.target for one in held if one.scope == scope]):
            traces |= set((await connection.scalars(sa.select(runs.c.trace).where(column.in_(some)))).all())
            also = (
                sa.select(run_traces.c.trace)
                .join(runs, runs.c.id == run_traces.c.run)
                .where(column.in_(some))
            )
            traces |= set((await connection.scalars(also)).all())
    # A run that is held before any of it came is known by its name alone.
    return traces | {one.target for one in held if one.scope == "run"}


async def swept(connection: AsyncConnection, kind: Kind) -> dict[int, str]:
    """The days that were swept, each with what was held then."""
    query = sa.select(swept_days.c.day, swept_days.c.held).where(swept_days.c.kind == kind)
    return {row.day: row.held for row in await connection.execute(query)}


async def note_swept(connection: AsyncConnection, row: Mapping[str, Any]) -> None:
    """Remember that a day was swept."""
    await upsert(connection, swept_days, [row])


def _aged(table: sa.Table, before_ns: int, held: Collection[str]) -> list[sa.ColumnElement[bool]]:
    said = [table.c.started_ns < before_ns, table.c.state.not_in(LIVE)]
    return [*said, *(table.c.trace.not_in(some) for some in chunks(held))]


async def count_aged(connection: AsyncConnection, before_ns: int, held: Collection[str]) -> tuple[int, int]:
    """How many runs and steps are older and neither live nor held."""
    counted: list[int] = []
    for table in (runs, steps):
        query = sa.select(sa.func.count()).select_from(table).where(*_aged(table, before_ns, held))
        counted.append(await connection.scalar(query) or 0)
    return counted[0], counted[1]


async def drop_runs(connection: AsyncConnection, before_ns: int, held: Collection[str]) -> int:
    """Delete some runs that are older, with everything that is kept by run; returns how many."""
    query = sa.select(runs.c.id, runs.c.trace).where(*_aged(runs, before_ns, held)).limit(SOME)
    found = (await connection.execute(query)).all()
    for some in chunks([run for run, _ in found]):
        for table in (run_counts, run_traces, run_uses, seen_spans, signals):
            await connection.execute(sa.delete(table).where(table.c.run.in_(some)))
        told = span_links.c.trace.in_(some), *(span_links.c.to_trace.not_in(few) for few in chunks(held))
        await connection.execute(sa.delete(span_links).where(*told))
        await connection.execute(sa.delete(runs).where(runs.c.id.in_(some)))
    return len(found)


async def drop_empty(connection: AsyncConnection, before_ns: int) -> None:
    """Delete older sessions, with what was said of them, and older processes, of which no run is left."""
    old = [sessions.c.last_ns < before_ns, ~sa.exists().where(runs.c.session == sessions.c.id)]
    of_old = signals.c.session.in_(sa.select(sessions.c.id).where(*old))
    await connection.execute(sa.delete(signals).where(signals.c.run == "", of_old))
    await connection.execute(sa.delete(sessions).where(*old))
    gone = processes.c.last_ns < before_ns, ~sa.exists().where(runs.c.process == processes.c.id)
    await connection.execute(sa.delete(processes).where(*gone))


async def drop_steps(connection: AsyncConnection, before_ns: int, held: Collection[str]) -> int:
    """Delete some steps that are older; returns how many."""
    return await _each_step(connection, _aged(steps, before_ns, held), empty=False)


async def empty_steps(connection: AsyncConnection, before_ns: int, held: Collection[str]) -> int:
    """Delete what some older steps were asked and answered; returns how many."""
    full = sa.or_(steps.c.arguments.is_not(None), steps.c.result.is_not(None))
    return await _each_step(connection, [*_aged(steps, before_ns, held), full], empty=True)


async def _each_step(
    connection: AsyncConnection, said: Sequence[sa.ColumnElement[bool]], *, empty: bool
) -> int:
    query = sa.select(steps.c.trace, steps.c.id).where(*said).limit(SOME)
    found = (await connection.execute(query)).all()
    for start in range(0, len(found), 200):
        some = sa.tuple_(steps.c.trace, steps.c.id).in_([tuple(one) for one in found[start : start + 200]])
        nothing = {"arguments": sa.null(), "result": sa.null()}
        await connection.execute(
            sa.update(steps).where(some).values(nothing) if empty else sa.delete(steps).where(some)
        )
    return len(found)
