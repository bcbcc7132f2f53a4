"""Reads and writes the moves of sessions; keeps what it is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.decision.decisions.move import MOVES_MAX, Move
from holdfast_server.decision.decisions.tables import moves
from holdfast_server.kit.db import upsert

_decode = msgspec.json.Decoder(Move).decode


async def keep_moves(connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write moves down; writing one twice is the same as once."""
    await upsert(connection, moves, rows)


async def list_moves(connection: AsyncConnection, session: str) -> list[Move]:
    """The moves of a session in their order, one more than it may have at most."""
    query = sa.select(moves.c.move).where(moves.c.session == session).order_by(moves.c.place)
    found = await connection.scalars(query.limit(MOVES_MAX + 1))
    return [_decode(one) for one in found]


async def find_session(connection: AsyncConnection, step: str) -> str | None:
    """The session that a step belongs to."""
    query = sa.select(moves.c.session).where(moves.c.step == step).order_by(moves.c.place.desc()).limit(1)
    found: str | None = await connection.scalar(query)
    return found


async def forget_sessions(connection: AsyncConnection, before_ns: int) -> None:
    """Drop every session whose last move is older than this, as a whole."""
    last = sa.select(moves.c.session).group_by(moves.c.session).having(sa.func.max(moves.c.at_ns) < before_ns)
    await connection.execute(sa.delete(moves).where(moves.c.at_ns < before_ns, moves.c.session.in_(last)))
