"""Reading everything that workers decide by out of the control database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast.decision.budgets import BudgetTerms
from holdfast_server.access.keys import keys
from holdfast_server.access.keys.keys import KeyRow
from holdfast_server.access.vault.vault import Vault
from holdfast_server.action.llm import config
from holdfast_server.action.llm.desk import known, providers, routes
from holdfast_server.action.llm.desk.publishing import Published, unpack
from holdfast_server.action.llm.desk.tables import CONFIG, POLICIES, gateway_published
from holdfast_server.decision.budgets import store as budget_store
from holdfast_server.decision.budgets.tables import budgets
from holdfast_server.decision.control.tables import kills
from holdfast_server.errors import Misconfigured
from holdfast_server.kit.wire import NS_PER_S

KILLS_MAX: Final = 10_000
CLOCKS_NS: Final = 5 * NS_PER_S
"""Keys that ended so lately are still sent: the worker says `expired`, not `unknown`."""

Kills = frozenset[tuple[str, str]]


class Marks(msgspec.Struct, frozen=True):
    """By what is known whether anything changed, and the kills, because they must be fast."""

    seqs: tuple[tuple[str, int], ...]
    budgets: tuple[int, int, int]
    kills: Kills
    ordered_ns: int
    kill_ids: dict[tuple[str, str], str]
    """The newest order of each."""


class Said(msgspec.Struct, frozen=True):
    """Keys, providers and routes, and what of them cannot be used."""

    keys: tuple[config.Key, ...]
    providers: tuple[config.Provider, ...]
    routes: tuple[config.Route, ...]
    problems: tuple[str, ...]


# Asked after every commit, so they are made once: SQLAlchemy knows a statement again that it has seen.
_SEQS: Final = sa.select(gateway_published.c.name, gateway_published.c.seq).order_by(gateway_published.c.name)
_OF_BUDGETS: Final = sa.select(
    sa.func.count(),
    sa.func.coalesce(sa.func.max(budgets.c.updated_ns), 0),
    sa.func.coalesce(sa.func.max(budgets.c.removed_ns), 0),
)
_STANDING: Final = (
    sa.select(kills.c.id, kills.c.scope, kills.c.target, kills.c.at_ns)
    .where(kills.c.lifted_ns.is_(None))
    .order_by(kills.c.at_ns)
    .limit(KILLS_MAX)
)


def read_marks(connection: sa.Connection) -> Marks:
    """Three small questions."""
    told = [(str(name), int(seq)) for name, seq in connection.execute(_SEQS)]
    count, updated, removed = connection.execute(_OF_BUDGETS).one()
    rows = connection.execute(_STANDING).all()
    ids = {(row.scope, "*" if row.scope == "org" else row.target): str(row.id) for row in rows}
    return Marks(
        tuple(told),
        (int(count), int(updated), int(removed)),
        frozenset(ids),
        max((int(row.at_ns) for row in rows), default=0),
        ids,
    )


async def read_said(
    connection: AsyncConnection, vault: Vault, environ: Mapping[str, str], now_ns: int
) -> Said:
    """What people said; a provider whose secret does not open is left out, and named among the problems."""
    problems: list[str] = []
    stored: dict[str, config.Provider] = {}
    for row in await providers.list_rows(connection):
        try:
            stored[row.name] = providers.open_provider(row, vault)
        except (Misconfigured, msgspec.ValidationError) as error:
            problems.append(f"Provider {row.name} is left out: {error}")
    for one in providers.built_in(environ):
        stored.setdefault(one.name, one)
    rows = await keys.list_good(connection, now_ns - CLOCKS_NS)
    found = tuple(key for row in rows for key in _keys(row, now_ns))
    ways: list[config.Route] = []
    for row in await routes.list_rows(connection):
        try:
            ways.append(routes.to_config(row))
        except msgspec.ValidationError as error:
            problems.append(f"Route {row.alias} is left out: {error}")
    named = await known.list_known(connection)
    having = tuple(msgspec.structs.replace(one, known=named.get(one.name, ())) for one in stored.values())
    return Said(found, having, tuple(ways), tuple(problems))


async def read_budgets(connection: AsyncConnection) -> tuple[BudgetTerms, ...]:
    """The budgets that are leased."""
    rows = await budget_store.list_budgets(connection)
    return tuple(row.terms for row in rows if not row.inside)


async def read_published(connection: AsyncConnection) -> Published | None:
    """The bundle in force and own prices; None before a server ever published them."""
    query = sa.select(gateway_published.c.body).where(gateway_published.c.name == POLICIES)
    body = await connection.scalar(query)
    return unpack(body) if body else None


def seq_of(marks: Marks, name: str = CONFIG) -> int:
    """How often this was changed."""
    return dict(marks.seqs).get(name, 0)


def _keys(row: KeyRow, now_ns: int) -> Iterator[config.Key]:
    """A key, and beside it the one before its rotation, as long as that is good."""
    key = config.Key(
        id=row.id,
        digest=bytes.fromhex(row.digest),
        agent=row.agent,
        project=row.project,
        name=row.name,
        version=row.version,
        owner=row.owner,
        models=tuple(row.models),
        labels=tuple(row.labels),
        tags=row.tags,
        expires_ns=row.expires_ns or config.NEVER,
        counts_as=row.counts_as if row.counts_as.startswith("key_") else "",
    )
    yield key
    if row.old_digest and row.old_until_ns and row.old_until_ns > now_ns:
        ends = min(row.old_until_ns, row.expires_ns or row.old_until_ns)
        yield msgspec.structs.replace(key, digest=bytes.fromhex(row.old_digest), expires_ns=ends)
