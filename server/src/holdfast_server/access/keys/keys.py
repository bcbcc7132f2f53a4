"""Virtual keys: made, rotated, revoked; the key itself is told once and kept nowhere."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.access.keys.key import GatewayKeyAsk, State
from holdfast_server.access.keys.secret import SHOWN, digest, make_secret
from holdfast_server.access.keys.tables import gateway_keys
from holdfast_server.errors import Conflict, Invalid, NotFound
from holdfast_server.kit.ids import new_id
from holdfast_server.kit.paging import PageAsk, read_cursor
from holdfast_server.kit.wire import NS_PER_S

KEYS_MAX: Final = 100_000
"""Keys that are neither revoked nor over."""


class KeyRow(msgspec.Struct, frozen=True):
    """A key as it is kept."""

    id: str
    name: str
    prefix: str
    digest: str
    old_digest: str
    agent: str
    version: str
    owner: str
    project: str
    counts_as: str
    by: str
    revoked_by: str
    models: list[str]
    labels: list[str]
    tags: dict[str, str]
    created_ns: int
    expires_ns: int | None
    old_until_ns: int | None
    rotated_ns: int | None
    used_ns: int | None
    revoked_ns: int | None

    def state(self, now_ns: int) -> State:
        """Whether it is good."""
        if self.revoked_ns is not None:
            return "revoked"
        return "expired" if self.expires_ns is not None and self.expires_ns <= now_ns else "active"


async def make(
    connection: AsyncConnection, asked: GatewayKeyAsk, *, project: str, now_ns: int, counts_as: str = ""
) -> tuple[KeyRow, str]:
    """A new key, and the secret that is it.

    Raises:
        Invalid: there are too many, or it would be over already.
    """
    good = sa.select(sa.func.count()).select_from(gateway_keys).where(*_good(now_ns))
    if (await connection.scalar(good) or 0) >= KEYS_MAX:
        raise Invalid(f"there are {KEYS_MAX} keys", hint="Revoke those that nobody uses.")
    secret, made = make_secret(), new_id("key")
    said = asked.model_dump(include={"name", "agent", "version", "owner", "models", "labels", "tags", "by"})
    row = {
        **said,
        **_named(secret),
        "id": made,
        "project": asked.project or project,
        "counts_as": counts_as,
        "created_ns": now_ns,
        "expires_ns": asked.expires_ns(now_ns),
    }
    await connection.execute(sa.insert(gateway_keys).values(row))
    return await get(connection, made), secret


async def rotate(connection: AsyncConnection, key: str, *, grace_s: float, now_ns: int) -> tuple[KeyRow, str]:
    """Another secret for the same key; the old one stays good for a while.

    Raises:
        NotFound: there is no such key.
        Conflict: it is good no longer.
    """
    row = await get(connection, key)
    if row.state(now_ns) != "active":
        raise Conflict(f"the key {key[:64]} is {row.state(now_ns)}", hint="Make a new one.")
    secret = make_secret()
    values = {
        **_named(secret),
        "old_digest": row.digest,
        "old_until_ns": now_ns + int(grace_s * NS_PER_S),
        "rotated_ns": now_ns,
    }
    await connection.execute(sa.update(gateway_keys).where(gateway_keys.c.id == key).values(values))
    return await get(connection, key), secret


async def revoke(connection: AsyncConnection, key: str, *, by: str, now_ns: int) -> KeyRow:
    """It is good no longer, and neither are the keys made for the console from it.

    Raises:
        NotFound: there is no such key.
        Conflict: it is revoked already.
    """
    row = await get(connection, key)
    if row.revoked_ns is not None:
        raise Conflict(f"the key {key[:64]} is revoked already")
    both = sa.or_(gateway_keys.c.id == key, gateway_keys.c.counts_as == key)
    await connection.execute(sa.update(gateway_keys).where(both).values(revoked_ns=now_ns, revoked_by=by))
    return await get(connection, key)


async def get(connection: AsyncConnection, key: str) -> KeyRow:
    """One key.

    Raises:
        NotFound: there is none of this id.
    """
    query = sa.select(gateway_keys).where(gateway_keys.c.id == key)
    row = (await connection.execute(query)).mappings().first()
    if row is None:
        raise NotFound(f"there is no key {key[:64]}", hint="List them at /v1/gateway/keys.")
    return _row(row)


async def page(connection: AsyncConnection, page: PageAsk) -> Sequence[KeyRow]:
    """Keys that people made, newest first; one more than the page holds says that more follow."""
    query = sa.select(gateway_keys).where(gateway_keys.c.counts_as == "")
    if page.cursor:
        query = query.where(
            sa.tuple_(gateway_keys.c.created_ns, gateway_keys.c.id) < read_cursor(page.cursor)
        )
    newest = query.order_by(gateway_keys.c.created_ns.desc(), gateway_keys.c.id.desc())
    return [_row(row) for row in (await connection.execute(newest.limit(page.limit + 1))).mappings()]


async def list_good(connection: AsyncConnection, now_ns: int) -> Sequence[KeyRow]:
    """Every key that is neither revoked nor over."""
    query = sa.select(gateway_keys).where(*_good(now_ns)).order_by(gateway_keys.c.id).limit(KEYS_MAX)
    return [_row(row) for row in (await connection.execute(query)).mappings()]


async def note_used(connection: AsyncConnection, ids: Collection[str], now_ns: int) -> None:
    """They were used just now."""
    wanted = gateway_keys.c.id.in_(sorted(ids))
    await connection.execute(sa.update(gateway_keys).where(wanted).values(used_ns=now_ns))


async def forget_brief(connection: AsyncConnection, before_ns: int) -> None:
    """Drop keys made for the console that were over before this."""
    over = (gateway_keys.c.counts_as != "", gateway_keys.c.expires_ns < before_ns)
    await connection.execute(sa.delete(gateway_keys).where(*over))


def _good(now_ns: int) -> tuple[sa.ColumnElement[bool], ...]:
    unended = sa.or_(gateway_keys.c.expires_ns.is_(None), gateway_keys.c.expires_ns > now_ns)
    return (gateway_keys.c.revoked_ns.is_(None), unended)


def _named(secret: str) -> dict[str, str]:
    return {"prefix": secret[:SHOWN], "digest": digest(secret).hex()}


def _row(row: Mapping[Any, Any]) -> KeyRow:
    return KeyRow(**{name: row[name] for name in KeyRow.__struct_fields__})
