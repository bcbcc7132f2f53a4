"""Finding sessions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.errors import NotFound
from holdfast_server.kit.db import Database, chunks
from holdfast_server.kit.paging import Page, PageAsk, read_cursor, write_cursor
from holdfast_server.kit.wire import at, usd
from holdfast_server.record.runs.run import RunState
from holdfast_server.record.runs.session import SessionFilter, SessionSummary
from holdfast_server.record.runs.store import escape
from holdfast_server.record.runs.tables import runs, sessions

NAMES_MAX: Final = 32
"""Agents and people that a session names."""
ENDED_BADLY: Final = frozenset({"failed", "halted", "lost"})
SUMS: Final = (
    "steps", "model_calls", "tool_calls", "deny", "ask", "tokens_in", "tokens_out",
    "cost_micro_usd", "priced_calls", "unpriced_calls",
)  # fmt: skip

Place = tuple[str, int, int]
"""Session, when it began, when something of it was last done."""


class Sessions:
    """The sessions of the fleet."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def page(self, wanted: SessionFilter, page: PageAsk) -> Page[SessionSummary]:
        """Sessions, the most recently active first."""
        before = read_cursor(page.cursor) if page.cursor else None
        async with self._db.read() as connection:
            found = await _list(connection, wanted, before=before, limit=page.limit + 1)
            shown = found[: page.limit]
            items = await _sum_up(connection, shown)
        following = write_cursor(shown[-1][2], shown[-1][0]) if len(found) > page.limit else None
        return Page(items=items, next=following)

    async def get(self, session: str) -> SessionSummary:
        """One session.

        Raises:
            NotFound: no run of it arrived.
        """
        query = sa.select(sessions.c.id, sessions.c.started_ns, sessions.c.last_ns)
        async with self._db.read() as connection:
            row = (await connection.execute(query.where(sessions.c.id == session))).first()
            found = await _sum_up(connection, [cast("Place", tuple(row))]) if row else []
        if not found:
            raise NotFound(f"there is no session {session[:128]}", hint="List them at /v1/sessions.")
        return found[0]


def filter_sessions(wanted: SessionFilter) -> list[sa.ColumnElement[bool]]:
    """The conditions of a filter."""
    mine = runs.c.session == sessions.c.id
    said: list[sa.ColumnElement[bool]] = []
    if wanted.q:
        pattern = f"%{escape(wanted.q)}%"
        spoken = [c.ilike(pattern, escape="\\") for c in (runs.c.title, runs.c.agent, runs.c.person)]
        inside = sa.exists().where(mine, sa.or_(*spoken))
        said.append(sa.or_(sessions.c.id.ilike(pattern, escape="\\"), inside))
    if wanted.agents:
        said.append(sa.exists().where(mine, runs.c.agent.in_(wanted.agents)))
    if wanted.states:
        said.append(sa.exists().where(mine, runs.c.state.in_(wanted.states)))
    if wanted.since_ns is not None:
        said.append(sessions.c.last_ns >= wanted.since_ns)
    if wanted.until_ns is not None:
        said.append(sessions.c.started_ns < wanted.until_ns)
    return said


async def _list(
    connection: AsyncConnection, wanted: SessionFilter, *, before: tuple[int, str] | None, limit: int
) -> list[Place]:
    query = sa.select(sessions.c.id, sessions.c.started_ns, sessions.c.last_ns)
    query = query.where(*filter_sessions(wanted))
    if before:
        query = query.where(sa.tuple_(sessions.c.last_ns, sessions.c.id) < before)
    query = query.order_by(sessions.c.last_ns.desc(), sessions.c.id.desc()).limit(limit)
    return [cast("Place", tuple(row)) for row in await connection.execute(query)]


async def _sum_up(connection: AsyncConnection, places: Sequence[Place]) -> list[SessionSummary]:
    groups: defaultdict[str, list[sa.RowMapping]] = defaultdict(list)
    ends: defaultdict[str, list[sa.RowMapping]] = defaultdict(list)
    for some in chunks([name for name, _, _ in places]):
        for row in (await connection.execute(_groups(some))).mappings():
            groups[row["session"]].append(row)
        for row in (await connection.execute(_first_and_last(some))).mappings():
            ends[row["session"]].append(row)
    return [_show(place, groups[place[0]], ends[place[0]]) for place in places if groups[place[0]]]


def _groups(ids: Sequence[str]) -> sa.Select[Any]:
    by = (runs.c.session, runs.c.agent, runs.c.person, runs.c.state)
    sums = (sa.func.sum(runs.c[name]).label(name) for name in SUMS)
    return sa.select(*by, sa.func.count().label("runs"), *sums).where(runs.c.session.in_(ids)).group_by(*by)


def _first_and_last(ids: Sequence[str]) -> sa.Select[Any, Any, Any, Any, Any]:
    mine = runs.c.session.in_(ids)
    ends = [
        sa.select(runs.c.session, at_end(runs.c.started_ns)).where(mine).group_by(runs.c.session)
        for at_end in (sa.func.min, sa.func.max)
    ]
    place = sa.tuple_(runs.c.session, runs.c.started_ns)
    columns = (runs.c.session, runs.c.started_ns, runs.c.id, runs.c.title, runs.c.state)
    query = sa.select(*columns).where(mine, sa.or_(*(place.in_(end) for end in ends)))
    return query.order_by(runs.c.started_ns, runs.c.id)


def _show(place: Place, groups: Sequence[sa.RowMapping], ends: Sequence[sa.RowMapping]) -> SessionSummary:
    total = {name: sum(int(row[name]) for row in groups) for name in (*SUMS, "runs")}
    states = {row["state"] for row in groups}
    state = next((live for live in ("waiting", "running") if live in states), ends[-1]["state"])
    known = total["priced_calls"] or not total["unpriced_calls"]
    return SessionSummary(
        id=place[0],
        title=ends[0]["title"],
        state=cast("RunState", state),
        runs=total["runs"],
        failed=sum(row["runs"] for row in groups if row["state"] in ENDED_BADLY),
        agents=_names(groups, "agent"),
        people=_names(groups, "person"),
        started_at=at(place[1]),
        last_at=at(place[2]),
        steps=total["steps"],
        model_calls=total["model_calls"],
        tool_calls=total["tool_calls"],
        denied=total["deny"],
        asked=total["ask"],
        tokens_in=total["tokens_in"],
        tokens_out=total["tokens_out"],
        cost_usd=usd(total["cost_micro_usd"]) if known else None,
        unpriced_calls=total["unpriced_calls"],
    )


def _names(groups: Sequence[sa.RowMapping], field: str) -> list[str]:
    return sorted({str(row[field]) for row in groups if row[field]})[:NAMES_MAX]
