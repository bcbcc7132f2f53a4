"""Counting values in the control database: every field that is asked for in one pass over what fits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.insight.search.engine import Counts
from holdfast_server.insight.search.fields import Column, Counters, Field, Kind
from holdfast_server.insight.search.scope import Fenced
from holdfast_server.insight.search.sql import TABLES, compile_sql

GROUPS_MAX: Final = 20_000
"""Combinations of values that are told apart; the rarest beyond it are not counted."""


async def count_values(
    connection: AsyncConnection, asked: Fenced, fields: Sequence[Field], *, limit: int
) -> Counts:
    """How often each value of these fields occurs among the rows that fit, `limit` of each field."""
    table = TABLES[asked.noun]
    plain = [field for field in fields if isinstance(field.place, Column)]
    columns = [table.c[field.place.name] for field in plain if isinstance(field.place, Column)]
    given = [
        (field, choice) for field in fields if isinstance(field.place, Counters) for choice in field.choices
    ]
    sums = [sa.func.sum(sa.case((table.c[choice] > 0, 1), else_=0)) for _, choice in given]
    number = sa.func.count()
    query = sa.select(number, *columns, *sums).where(compile_sql(asked, connection.dialect.name))
    if columns:
        query = query.group_by(*columns).order_by(number.desc()).limit(GROUPS_MAX)
    counters = {field.key: Counter[str]() for field in fields}
    for n, *rest in (await connection.execute(query)).all():
        for field, value in zip(plain, rest, strict=False):
            counters[field.key][_name(field, value)] += n
        for (field, choice), times in zip(given, rest[len(plain) :], strict=True):
            counters[field.key][choice] += int(times or 0)
    return {key: _most(counter, limit) for key, counter in counters.items()}


def _name(field: Field, value: Any) -> str:
    if field.kind is Kind.FLAG:
        return "true" if value else "false"
    return "" if value is None else str(value)


def _most(counter: Counter[str], limit: int) -> list[tuple[str, int]]:
    known = ((value, n) for value, n in counter.items() if value and n)
    return sorted(known, key=lambda one: (-one[1], one[0]))[:limit]
