"""Which models providers named when they were last asked, kept where every gateway reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.action.llm.desk.publishing import bump
from holdfast_server.action.llm.desk.tables import gateway_published

PREFIX: Final = "models/"
_decode = msgspec.json.Decoder(tuple[str, ...]).decode


async def remember(connection: AsyncConnection, provider: str, models: Sequence[str]) -> None:
    """Keep what a provider named, in place of what it named before."""
    await bump(connection, PREFIX + provider, msgspec.json.encode(models))


async def forget(connection: AsyncConnection, provider: str) -> None:
    """Of a provider that is gone, nothing is known."""
    ours = gateway_published.c.name == PREFIX + provider
    await connection.execute(sa.delete(gateway_published).where(ours))


async def list_known(connection: AsyncConnection) -> Mapping[str, tuple[str, ...]]:
    """What each provider named."""
    query = sa.select(gateway_published.c.name, gateway_published.c.body)
    rows = await connection.execute(query.where(gateway_published.c.name.startswith(PREFIX)))
    return {str(name).removeprefix(PREFIX): _decode(body) for name, body in rows}
