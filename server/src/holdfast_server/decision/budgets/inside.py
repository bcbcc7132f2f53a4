"""Budgets that each session or run keeps by itself: nobody leases them, so their use is read from records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast.decision.budgets import FOREVER_NS, BudgetTerms
from holdfast.decision.budgets.exchange import AccountRow
from holdfast_server.record.runs.tables import runs, sessions, steps

COUNTED: Final = ("tool", "model", "delegate")
RAN: Final = ("allow", "transform")
NS_PER_MS: Final = 1_000_000


class Use(msgspec.Struct, frozen=True):
    """What the records of one session or run say."""

    key: str
    usd: int
    held_usd: int
    tokens: int
    calls: int
    seconds: int
    """In milliseconds, like everywhere that seconds are counted."""


async def count(connection: AsyncConnection, scope: Literal["session", "run"], *, most: int) -> Sequence[Use]:
    """What the sessions, or the runs, used that were active last.

    Args:
        connection: where.
        scope: which of both.
        most: how many of them are looked at.
    """
    if scope == "session":
        lately = sa.select(sessions.c.id).order_by(sessions.c.last_ns.desc()).limit(most)
        key, among = runs.c.session, runs.c.session.in_(lately)
    else:
        lately = sa.select(runs.c.id).order_by(runs.c.started_ns.desc()).limit(most)
        key, among = runs.c.id, runs.c.id.in_(lately)
    of_it = steps.join(runs, runs.c.id == steps.c.run)
    counted = sa.and_(steps.c.kind.in_(COUNTED), steps.c.verdict.in_(RAN))
    took = (steps.c.ended_ns - steps.c.started_ns) / NS_PER_MS
    under_way = sa.and_(counted, steps.c.ended_ns.is_(None))
    query = (
        sa.select(
            key.label("key"),
            _sum(counted, steps.c.cost_micro_usd).label("usd"),
            _sum(under_way, steps.c.hold_micro_usd).label("held_usd"),
            _sum(counted, steps.c.tokens_in + steps.c.tokens_out).label("tokens"),
            _sum(counted, 1).label("calls"),
            _sum(counted, took).label("seconds"),
        )
        .select_from(of_it)
        .where(among)
        .group_by(key)
    )
    rows = (await connection.execute(query)).mappings()
    return [_use(row) for row in rows]


def accounts_of(terms: BudgetTerms, used: Sequence[Use], *, most: int) -> list[AccountRow]:
    """The accounts of one budget, the fullest first; none of a unit that no column counts."""
    if terms.unit not in Use.__struct_fields__:
        return []
    found = [
        AccountRow(
            spent=getattr(one, terms.unit),
            leased=one.held_usd if terms.unit == "usd" else 0,
            budget=terms.id,
            key=one.key,
            end_ns=FOREVER_NS,
        )
        for one in used
        if terms.key in {"*", one.key}
    ]
    return sorted(found, key=lambda one: (-(one.spent + one.leased), one.key))[:most]


def _sum(when: sa.ColumnElement[bool], what: Any) -> sa.ColumnElement[Any]:
    return sa.func.coalesce(sa.func.sum(sa.case((when, sa.func.coalesce(what, 0)), else_=0)), 0)


def _use(row: sa.RowMapping) -> Use:
    # PostgreSQL sums whole numbers to decimals.
    return Use(row["key"], *(int(row[name]) for name in Use.__struct_fields__[1:]))
