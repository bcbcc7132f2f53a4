"""Idempotency keys: the same key brings the same thing back, a key used for something else is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.errors import Conflict
from holdfast_server.kit.db import metadata, upsert

idempotency = sa.Table(
    "idempotency",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("request", sa.Text, nullable=False),
    sa.Column("made", sa.Text, nullable=False),
    sa.Column("at_ns", sa.BigInteger, nullable=False),
)


async def find_made(connection: AsyncConnection, key: str | None, request: str) -> str | None:
    """The id of what this key made before, if anything.

    Args:
        connection: where to look.
        key: the key; None finds nothing.
        request: what tells this request from others.

    Raises:
        Conflict: the key came with another request.
    """
    if key is None:
        return None
    query = sa.select(idempotency.c.request, idempotency.c.made).where(idempotency.c.key == key)
    found = (await connection.execute(query)).first()
    if found is None:
        return None
    if found.request != request:
        raise Conflict("this Idempotency-Key came with another request before", hint="Use a new key.")
    return found.made


async def remember(
    connection: AsyncConnection, key: str | None, request: str, made: str, now_ns: int
) -> None:
    """Keep what a key made, in the transaction that made it."""
    if key is not None:
        row = {"key": key, "request": request, "made": made, "at_ns": now_ns}
        await connection.execute(sa.insert(idempotency).values(row))


async def remember_all(connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep what several keys made; keeping one again is the same as once."""
    await upsert(connection, idempotency, rows)


async def forget_before(connection: AsyncConnection, at_ns: int) -> None:
    """Drop keys older than this."""
    await connection.execute(sa.delete(idempotency).where(idempotency.c.at_ns < at_ns))


def digest_request(body: BaseModel | msgspec.Struct) -> str:
    """What a key is bound to."""
    said = body.model_dump_json() if isinstance(body, BaseModel) else msgspec.json.encode(body).decode()
    return hashlib.sha256(f"{type(body).__name__}\0{said}".encode()).hexdigest()
