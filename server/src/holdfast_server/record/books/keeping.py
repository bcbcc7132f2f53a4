"""Writes books into the tables; adding twice is twice, so only in the transaction that takes in the cause."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.kit.db import insert_into, insert_rows
from holdfast_server.record.books.books import Books, ChargeKey, Who
from holdfast_server.record.books.tables import (
    CHARGE_KEY,
    CHARGE_NAMES,
    CHARGE_SUMS,
    CONDUCT_SUMS,
    charges,
    conduct,
    latencies,
    totals,
)

NAMES_CHARS_MAX: Final = 2_000
LATENCY_KEY: Final = ("slot", "agent", "version", "kind", "bucket")


async def keep(connection: AsyncConnection, books: Books, tools: Mapping[str, str]) -> None:
    """Add a batch's books to the sums.

    Args:
        connection: in the transaction that takes in what the books are of.
        books: what to add.
        tools: for every step of `books.inside` the tool that it is or runs in; those in none are left out.
    """
    await _add(connection, charges, CHARGE_SUMS, _charge_rows(books, tools), names=CHARGE_NAMES)
    for run, who in books.named.items():
        await _name(connection, run, who)
    await _add(connection, conduct, CONDUCT_SUMS, _conduct_rows(books))
    rows = [{**dict(zip(LATENCY_KEY, key, strict=True)), "calls": n} for key, n in books.latencies.items()]
    await _add(connection, latencies, ("calls",), rows)
    sums = tuple(column.name for column in totals.c if not column.primary_key)
    await _add(connection, totals, sums, _total_rows(books, sums))


async def take_conduct_back(connection: AsyncConnection, books: Books) -> None:
    """Lower how calls went and how long they took by a batch's books; never below nothing."""
    for (slot, agent, version), sums in books.conduct.items():
        where = conduct.c.slot == slot, conduct.c.agent == agent, conduct.c.version == version
        await _lower(connection, conduct, where, sums)
    for key, calls in books.latencies.items():
        where = (latencies.c[name] == value for name, value in zip(LATENCY_KEY, key, strict=True))
        await _lower(connection, latencies, where, {"calls": calls})


def write_tags(tags: Iterable[str]) -> str:
    """Tags as they are kept: a line each, in order, as many as there is room for."""
    return "\n".join(sorted(set(tags)))[:NAMES_CHARS_MAX]


def _charge_rows(books: Books, tools: Mapping[str, str]) -> list[dict[str, Any]]:
    rows: dict[ChargeKey, dict[str, Any]] = {}
    for key, sums in books.charges.items():
        tool = tools.get(books.inside[key], "") if key in books.inside else key[5]
        final = (*key[:5], tool, key[6])
        row = rows.setdefault(final, _charge_row(final, books.names[key]))
        for name, amount in zip(CHARGE_SUMS, sums, strict=True):
            row[name] += amount
    return list(rows.values())


def _charge_row(key: ChargeKey, who: Who) -> dict[str, Any]:
    names: dict[str, Any] = {name: getattr(who, name) for name in CHARGE_NAMES[:-1]}
    names["tags"] = write_tags(who.tags)
    return dict(zip(CHARGE_KEY, key, strict=True)) | names | dict.fromkeys(CHARGE_SUMS, 0)


def _conduct_rows(books: Books) -> list[dict[str, Any]]:
    return [
        {"slot": slot, "agent": agent, "version": version, **sums}
        for (slot, agent, version), sums in books.conduct.items()
    ]


def _total_rows(books: Books, sums: Sequence[str]) -> list[dict[str, Any]]:
    rows: dict[tuple[str, str], dict[str, Any]] = {}

    def row_of(agent: str, version: str) -> dict[str, Any]:
        fresh = {"agent": agent, "version": version, **dict.fromkeys(sums, 0)}
        return rows.setdefault((agent, version), fresh)

    for (_, agent, version), amounts in books.conduct.items():
        row = row_of(agent, version)
        for name, amount in amounts.items():
            row[name] += amount
    for key, amounts in books.charges.items():
        row = row_of(key[2], books.names[key].version)
        for name, amount in zip(CHARGE_SUMS, amounts, strict=True):
            if name in row:
                row[name] += amount
    return list(rows.values())


async def _name(connection: AsyncConnection, run: str, who: Who) -> None:
    """Say of what was counted already for whom it was; what was said before stands."""
    said = {name: getattr(who, name) for name in CHARGE_NAMES[1:-1]} | {"tags": write_tags(who.tags)}
    fresh = {
        name: sa.case((charges.c[name] == "", value), else_=charges.c[name])
        for name, value in said.items()
        if value
    }
    if fresh:
        await connection.execute(sa.update(charges).where(charges.c.run == run).values(fresh))


async def _add(
    connection: AsyncConnection,
    table: sa.Table,
    sums: Iterable[str],
    rows: Sequence[Mapping[str, Any]],
    *,
    names: Iterable[str] = (),
) -> None:
    """Add to rows; of names the last that was said stands."""
    if not rows:
        return
    made = insert_into(connection, table)
    fresh: dict[str, Any] = {name: table.c[name] + made.excluded[name] for name in sums}
    for name in names:
        said = made.excluded[name]
        fresh[name] = sa.case((said != "", said), else_=table.c[name])
    keys = [column.name for column in table.primary_key]
    statement = made.on_conflict_do_update(index_elements=keys, set_=fresh)
    await insert_rows(connection, statement, rows)


async def _lower(
    connection: AsyncConnection,
    table: sa.Table,
    where: Iterable[sa.ColumnElement[bool]],
    less: Mapping[str, int],
) -> None:
    values = {
        name: sa.case((table.c[name] > amount, table.c[name] - amount), else_=0)
        for name, amount in less.items()
        if amount
    }
    if values:
        await connection.execute(sa.update(table).where(*where).values(values))
