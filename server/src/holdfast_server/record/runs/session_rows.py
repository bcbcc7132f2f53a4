"""Keeping when sessions were active, and which other traces belong to a run."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.kit.db import insert_by, insert_new, insert_rows
from holdfast_server.record.runs.rows import RunRow
from holdfast_server.record.runs.tables import run_traces, sessions


async def note_sessions(connection: AsyncConnection, touched: Iterable[RunRow]) -> None:
    """Widen the sessions of these runs to when they were active."""
    rows: dict[str, dict[str, Any]] = {}
    for run in touched:
        if not run.session:
            continue
        row = rows.setdefault(
            run.session, {"id": run.session, "started_ns": run.started_ns, "last_ns": run.last_ns}
        )
        row["started_ns"] = min(row["started_ns"], run.started_ns)
        row["last_ns"] = max(row["last_ns"], run.last_ns)
    if rows:
        # In one order everywhere: servers that share a database never wait for each other in a circle.
        ordered = [rows[name] for name in sorted(rows)]
        await insert_rows(connection, _widening(connection.dialect.name), ordered)


@cache
def _widening(dialect: str) -> sa.Insert:
    made = insert_by(dialect, sessions)
    fresh, kept = made.excluded, sessions.c
    widened = {
        "started_ns": sa.case((fresh.started_ns < kept.started_ns, fresh.started_ns), else_=kept.started_ns),
        "last_ns": sa.case((fresh.last_ns > kept.last_ns, fresh.last_ns), else_=kept.last_ns),
    }
    return made.on_conflict_do_update(index_elements=["id"], set_=widened)


async def link_traces(connection: AsyncConnection, links: Iterable[tuple[str, str]], *, now_ns: int) -> None:
    """Remember that work of a run was done in another trace; known links stay as they are."""
    rows = [{"run": run, "trace": trace, "at_ns": now_ns} for run, trace in sorted(links)]
    await insert_new(connection, run_traces, rows)
