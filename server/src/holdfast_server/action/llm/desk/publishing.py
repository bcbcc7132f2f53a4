"""What the server's memory knows and the gateway's processes need, put where they can read it.

Policies stand in files of the server and contracts come from agents; a gateway may stand on another machine.
So the bundle in force is published into the control database, whole, whenever it or an own price changes.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast.decision import Bundle
from holdfast.record.bundles import KeptBundle
from holdfast_server.action.llm.desk.tables import POLICIES, gateway_published
from holdfast_server.decision.policies.policies import Policies
from holdfast_server.errors import Misconfigured
from holdfast_server.kit.db import Database, upsert
from holdfast_server.record.prices.prices import PriceBook

BYTES_MAX: Final = 32 * 1024 * 1024

Rows = tuple[Mapping[str, Any], ...]


class Published(msgspec.Struct, frozen=True):
    """By what the gateway decides and prices."""

    bundle: KeptBundle
    prices: Rows = ()


class Publishing:
    """Publishes what changed; one beat after the other."""

    def __init__(self, db: Database, policies: Policies, prices: PriceBook) -> None:
        self._db, self._policies, self._prices = db, policies, prices
        self._told: tuple[Bundle, Rows] | None = None

    async def look(self) -> None:
        """Publish unless nothing changed since the last time."""
        bundle, rows = self._policies.bundle(), self._prices.rows
        if self._told is not None and self._told[0] is bundle and self._told[1] is rows:
            return
        body = pack(Published(KeptBundle.of(bundle), rows))
        async with self._db.write() as connection:
            await bump(connection, POLICIES, body)
        self._told = (bundle, rows)


async def bump(connection: AsyncConnection, name: str, body: bytes = b"") -> None:
    """Count a change, and keep what it led to; the same again is no change."""
    query = sa.select(gateway_published).where(gateway_published.c.name == name)
    row = (await connection.execute(query)).mappings().first()
    if row is not None and body and row["body"] == body:
        return
    seq = row["seq"] + 1 if row is not None else 1
    await upsert(connection, gateway_published, [{"name": name, "seq": seq, "body": body}])


def pack(published: Published) -> bytes:
    """As it is kept."""
    return zlib.compress(msgspec.msgpack.encode(published), 6)


def unpack(body: bytes) -> Published:
    """What was kept.

    Raises:
        Misconfigured: it is something else: a server of another version wrote it.
    """
    try:
        return msgspec.msgpack.decode(zlib.decompressobj().decompress(body, BYTES_MAX), type=Published)
    except (msgspec.MsgspecError, zlib.error) as error:
        raise Misconfigured(
            f"the policies in the control database cannot be read: {error}",
            hint="Run the gateway and the server in the same version.",
        ) from error
