"""Writes books into the tables; adding twice is twice, so only in the transaction that takes in the cause."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.kit.db import add_up
from holdfast_server.record.books.books import Books, ChargeKey, Sums, Who, add
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
CHARGE_COLUMNS: Final = (*CHARGE_KEY, *CHARGE_NAMES, *CHARGE_SUMS)
TOTAL_SUMS: Final = tuple(column.name for column in totals.c if not column.primary_key)
LATENCY_KEY: Final = ("slot", "agent", "version", "kind", "bucket")


async def keep(connection: AsyncConnection, books: Books, tools: Mapping[str, str]) -> None:
    """Add a batch's books to the sums.

    Args:
        connection: in the transaction that takes in what the books are of.
        books: what to add.
        tools: for every step of `books.inside` the tool that it is or runs in; those in none are left out.
    """
    await add_up(connection, charges, CHARGE_SUMS, _charge_rows(books, tools), names=CHARGE_NAMES)
    for run, who in books.named.items():
        await _name(connection, run, who)
    await add_up(connection, conduct, CONDUCT_SUMS, _conduct_rows(books))
    rows = [{**dict(zip(LATENCY_KEY, key, strict=True)), "calls": n} for key, n in books.latencies.items()]
    await add_up(connection, latencies, ("calls",), rows)
    await add_up(connection, totals, TOTAL_SUMS, _total_rows(books))


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
    sums: dict[ChargeKey, Sums] = {}
    names: dict[ChargeKey, Who] = {}
    for key, amounts in books.charges.items():
        final = (*key[:5], tools.get(books.inside[key], ""), key[6]) if key in books.inside else key
        sums[final] = add(sums[final], amounts) if final in sums else amounts
        names[final] = books.names[key]
    return [
        dict(zip(CHARGE_COLUMNS, (*key, *_names_of(names[key]), *amounts), strict=True))
        for key, amounts in sums.items()
    ]


def _names_of(who: Who) -> tuple[str, ...]:
    """In the order of CHARGE_NAMES."""
    return who.version, who.team, who.workflow, who.customer, who.release, write_tags(who.tags)


def _conduct_rows(books: Books) -> list[dict[str, Any]]:
    return [
        {"slot": slot, "agent": agent, "version": version, **sums}
        for (slot, agent, version), sums in books.conduct.items()
    ]


def _total_rows(books: Books) -> list[dict[str, Any]]:
    rows: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for (_, agent, version), amounts in books.conduct.items():
        rows[agent, version].update(amounts)
    charged: dict[tuple[str, str], Sums] = {}
    for key, amounts in books.charges.items():
        of = key[2], books.names[key].version
        charged[of] = add(charged[of], amounts) if of in charged else amounts
    for of, amounts in charged.items():
        rows[of].update(dict(zip(CHARGE_SUMS, amounts, strict=True)))
    return [
        {"agent": agent, "version": version, **{name: sums[name] for name in TOTAL_SUMS}}
        for (agent, version), sums in rows.items()
    ]


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
