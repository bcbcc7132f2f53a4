"""Bundles as they judged, by their hash: a decision is explained by the rules of its time.

They come from here and from the agents, whose tools bring contracts of their own. A kept bundle is believed
only when it has its hash after it was compiled again.
"""

from __future__ import annotations

import asyncio
import zlib
from collections import OrderedDict
from typing import Final

import msgspec
import sqlalchemy as sa

from holdfast.decision import Bundle
from holdfast.record.bundles import KeptBundle
from holdfast_server.decision.policies.tables import bundles
from holdfast_server.errors import TooLarge
from holdfast_server.kit.clock import Clock
from holdfast_server.kit.db import Database, insert_into

KEPT_MAX: Final = 2_000
"""Bundles kept; the one that came first is forgotten."""
BYTES_MAX: Final = 8 * 1024 * 1024
COMPILED_MAX: Final = 8


class KeptBundles:
    """Keeps bundles and finds them again."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock
        self._known: set[str] = set()
        self._compiled: OrderedDict[str, Bundle] = OrderedDict()

    async def keep(self, kept: KeptBundle) -> None:
        """Keep a bundle; keeping it again changes nothing.

        Raises:
            TooLarge: nobody can read so much.
        """
        if kept.hash in self._known:
            return
        text = await asyncio.to_thread(_pack, kept)
        row = {"hash": kept.hash, "first_ns": self._clock(), "bundle": text}
        async with self._db.write() as connection:
            await connection.execute(insert_into(connection, bundles).values(row).on_conflict_do_nothing())
            count = int(await connection.scalar(sa.select(sa.func.count()).select_from(bundles)) or 0)
            if count > KEPT_MAX:
                oldest = sa.select(bundles.c.hash).order_by(bundles.c.first_ns).limit(count - KEPT_MAX)
                await connection.execute(sa.delete(bundles).where(bundles.c.hash.in_(oldest)))
        if len(self._known) >= KEPT_MAX:
            self._known.clear()
        self._known.add(kept.hash)

    async def find(self, name: str) -> Bundle | None:
        """The bundle of this hash; None when it is not kept, or is not what it says."""
        if name in self._compiled:
            self._compiled.move_to_end(name)
            return self._compiled[name]
        async with self._db.read() as connection:
            text: bytes | None = await connection.scalar(
                sa.select(bundles.c.bundle).where(bundles.c.hash == name)
            )
        if text is None:
            return None
        made = await asyncio.to_thread(_unpack, text, name)
        if made is not None:
            self._compiled[name] = made
            if len(self._compiled) > COMPILED_MAX:
                self._compiled.popitem(last=False)
        return made


def _pack(kept: KeptBundle) -> bytes:
    text = msgspec.json.encode(kept)
    if len(text) > BYTES_MAX:
        raise TooLarge(f"the bundle takes {len(text)} bytes; the limit is {BYTES_MAX}")
    return zlib.compress(text, 6)


def _unpack(text: bytes, name: str) -> Bundle | None:
    engine = zlib.decompressobj()
    kept = msgspec.json.decode(engine.decompress(text, BYTES_MAX), type=KeptBundle)
    return kept.compile() if kept.hash == name else None
