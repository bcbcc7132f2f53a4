"""Reads and writes approvals; keeps what it is given."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.decision.approvals.tables import approvals
from holdfast_server.errors import NotFound
from holdfast_server.kit.db import chunks

OPEN: Final = ("pending", "approved")
"""States in which somebody may still wait for the approval."""


class ApprovalRow(msgspec.Struct):
    """One row of `approvals`."""

    id: str
    state: str
    agent: str
    version: str
    owner: str
    person: str
    run: str
    session: str
    trace: str
    step: str
    kind: str
    target: str
    effect: str
    title: str
    digest: str
    chain: list[str]
    arguments: dict[str, Any]
    reasons: list[dict[str, str]]
    roles: list[str]
    unendorsed: list[str]
    contract: dict[str, Any] | None
    asked_ns: int
    expires_ns: int
    answers: list[dict[str, Any]] = []
    answered_by: str = ""
    note: str = ""
    approved_digest: str = ""
    approved_arguments: dict[str, Any] | None = None
    answered_ns: int | None = None
    used_ns: int | None = None
    used_by: str = ""
    """The step that spent it."""


async def insert(connection: AsyncConnection, row: ApprovalRow) -> None:
    """Keep a new approval."""
    await connection.execute(sa.insert(approvals).values(msgspec.structs.asdict(row)))


async def update(connection: AsyncConnection, row: ApprovalRow, *, was: str) -> bool:
    """Replace an approval if it is still in the state it was read in."""
    statement = sa.update(approvals).where(approvals.c.id == row.id, approvals.c.state == was)
    return (await connection.execute(statement.values(msgspec.structs.asdict(row)))).rowcount == 1


async def get(connection: AsyncConnection, approval: str) -> ApprovalRow:
    """One approval.

    Raises:
        NotFound: there is none of this id.
    """
    row = (
        (await connection.execute(sa.select(approvals).where(approvals.c.id == approval))).mappings().first()
    )
    if row is None:
        raise NotFound(f"there is no approval {approval[:64]}", hint="List them at /v1/approvals.")
    return ApprovalRow(**row)


async def find_question(connection: AsyncConnection, step: str, digest: str) -> ApprovalRow | None:
    """The approval that was asked for this step and digest."""
    query = sa.select(approvals).where(approvals.c.step == step, approvals.c.digest == digest)
    row = (await connection.execute(query)).mappings().first()
    return ApprovalRow(**row) if row else None


async def page(
    connection: AsyncConnection, states: Sequence[str], *, before: tuple[int, str] | None, limit: int
) -> list[ApprovalRow]:
    """Approvals, newest first."""
    query = sa.select(approvals)
    if states:
        query = query.where(approvals.c.state.in_(states))
    if before:
        query = query.where(sa.tuple_(approvals.c.asked_ns, approvals.c.id) < before)
    query = query.order_by(approvals.c.asked_ns.desc(), approvals.c.id.desc()).limit(limit)
    return [ApprovalRow(**row) for row in (await connection.execute(query)).mappings()]


async def list_due(connection: AsyncConnection, now_ns: int, limit: int) -> list[ApprovalRow]:
    """Open approvals whose time is up."""
    query = sa.select(approvals).where(approvals.c.state.in_(OPEN), approvals.c.expires_ns <= now_ns)
    return [ApprovalRow(**row) for row in (await connection.execute(query.limit(limit))).mappings()]


async def list_asking(connection: AsyncConnection, runs: Collection[str]) -> frozenset[str]:
    """Which of these runs have an open approval."""
    query = sa.select(approvals.c.run).where(approvals.c.state.in_(OPEN), approvals.c.run.in_(list(runs)))
    return frozenset((await connection.scalars(query)).all())


async def list_open_of(connection: AsyncConnection, steps: Collection[str]) -> list[ApprovalRow]:
    """Open approvals of these steps: few are open at a time, many steps end at once."""
    asked = await connection.scalars(_ASKED)
    found: list[ApprovalRow] = []
    for some in chunks({*asked} & {*steps}):
        query = sa.select(approvals).where(approvals.c.state.in_(OPEN), approvals.c.step.in_(some))
        found += [ApprovalRow(**row) for row in (await connection.execute(query)).mappings()]
    return found


_ASKED: Final = sa.select(approvals.c.step).where(approvals.c.state.in_(OPEN))
