"""Routes: stored, shown, forgotten."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.action.llm import config
from holdfast_server.action.llm.desk.route import ALIAS, ALIAS_HINT, LOCAL, GatewayRoute, GatewayRouteAsk
from holdfast_server.action.llm.desk.tables import gateway_routes
from holdfast_server.errors import Invalid, NotFound
from holdfast_server.kit.db import upsert
from holdfast_server.kit.wire import at

ROUTES_MAX: Final = 2_000


class RouteRow(msgspec.Struct, frozen=True):
    """A route as it is kept."""

    alias: str
    said: dict[str, Any]
    by: str
    updated_ns: int


async def put(
    connection: AsyncConnection,
    alias: str,
    asked: GatewayRouteAsk,
    providers: Collection[str],
    *,
    now_ns: int,
) -> RouteRow:
    """Store a route in place of the one of this alias.

    Raises:
        Invalid: the alias is none, a target names a provider that is not there, or there are too many.
    """
    if not re.fullmatch(ALIAS, alias):
        raise Invalid(f"{alias[:64]!r} is no alias", hint=ALIAS_HINT)
    for provider in _asked_of(asked):
        if provider not in providers:
            known = ", ".join(sorted(providers)) or "none yet"
            raise Invalid(f"there is no provider {provider}", hint=f"There are: {known}.")
    rows = await list_rows(connection)
    if len(rows) >= ROUTES_MAX and all(row.alias != alias for row in rows):
        raise Invalid(f"there are {ROUTES_MAX} routes", hint="Remove those that nobody uses.")
    row = RouteRow(alias, asked.model_dump(exclude={"by"}), asked.by, now_ns)
    await upsert(connection, gateway_routes, [msgspec.structs.asdict(row)])
    return row


def _asked_of(asked: GatewayRouteAsk) -> Iterator[str]:
    """The providers that a route asks."""
    yield from (target.provider for target in asked.targets)
    if asked.cache is not None and asked.cache.embeddings != LOCAL:
        yield asked.cache.embeddings.partition("/")[0]


async def remove(connection: AsyncConnection, alias: str) -> RouteRow:
    """Forget a route.

    Raises:
        NotFound: there is none of this alias.
    """
    row = await get(connection, alias)
    await connection.execute(sa.delete(gateway_routes).where(gateway_routes.c.alias == alias))
    return row


async def get(connection: AsyncConnection, alias: str) -> RouteRow:
    """One route.

    Raises:
        NotFound: there is none of this alias.
    """
    row = await find(connection, alias)
    if row is None:
        raise NotFound(f"there is no route {alias[:64]}", hint="List them at /v1/gateway/routes.")
    return row


async def find(connection: AsyncConnection, alias: str) -> RouteRow | None:
    """The one of this alias."""
    return next((row for row in await list_rows(connection) if row.alias == alias), None)


async def list_rows(connection: AsyncConnection) -> Sequence[RouteRow]:
    """Every route, by alias."""
    rows = await connection.execute(sa.select(gateway_routes).order_by(gateway_routes.c.alias))
    return [RouteRow(**row) for row in rows.mappings()]


def to_config(row: RouteRow) -> config.Route:
    """A route as workers know it."""
    return msgspec.convert({**row.said, "alias": row.alias}, config.Route)


def show(row: RouteRow, providers: Collection[str]) -> GatewayRoute:
    """A route as people see it."""
    gone = sorted({one["provider"] for one in row.said["targets"]} - set(providers))
    problem = f"there is no provider {', '.join(gone)}" if gone else ""
    return GatewayRoute(
        alias=row.alias, **row.said, problem=problem, updated_at=at(row.updated_ns), by=row.by
    )
