"""The tool that a step runs in: what was asked from inside a tool is the tool's doing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.kit.db import PARAMETERS_MAX
from holdfast_server.record.runs.tables import steps

ROUNDS_MAX: Final = 6
"""How far up a step looks."""


async def find_enclosing_tools(connection: AsyncConnection, inside: Collection[str]) -> dict[str, str]:
    """The tool that each step is, or runs inside of; a step inside of none is left out."""
    found: dict[str, str] = {}
    above: dict[str, set[str]] = {step: {step} for step in set(inside)}
    for _ in range(ROUNDS_MAX):
        if not above:
            break
        rows = await _load(connection, sorted(above))
        further: dict[str, set[str]] = {}
        for step, kind, target, parent in rows:
            asking = above.pop(step, set())
            if kind == "tool":
                found |= dict.fromkeys(asking, target)
            elif parent:
                further.setdefault(parent, set()).update(asking)
        above = further
    return found


async def _load(connection: AsyncConnection, ids: Sequence[str]) -> list[tuple[str, str, str, str]]:
    found: list[tuple[str, str, str, str]] = []
    for start in range(0, len(ids), PARAMETERS_MAX):
        some = steps.c.id.in_(ids[start : start + PARAMETERS_MAX])
        query = sa.select(steps.c.id, steps.c.kind, steps.c.target, steps.c.parent).where(some)
        found += [(row.id, row.kind, row.target, row.parent) for row in await connection.execute(query)]
    return found
