"""The counts of a run's spans, as they are kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.kit.db import chunks, insert_into, upsert
from holdfast_server.record.runs.tables import run_counts

MISSING_MAX: Final = 32
"""Missing parents that are kept by name."""


class CountRow(msgspec.Struct):
    """One row of `run_counts`."""

    run: str
    told: int = 0
    """The highest number that its sender gave to one of its spans; 0 when it gives none."""
    numbered: int = 0
    accepted: int = 0
    stored: int = 0
    late: int = 0
    orphaned: int = 0
    ended_seen_ns: int = 0
    """When its end came, on the server's clock; 0 before."""
    missing: list[tuple[str, int, int]] = []
    """Parents that are not here: id, when the first that hangs on it began, how many hang on it."""


def note_missing(row: CountRow, missing: Mapping[str, int], since: Mapping[str, int]) -> None:
    """Keep which parents are missing now.

    Args:
        row: the counts of a run.
        missing: parents that are not here, with how many spans hang on each.
        since: when the first span that hangs on a parent began, for those that came now.
    """
    before = {name: since_ns for name, since_ns, _ in row.missing}
    row.orphaned = sum(missing.values())
    row.missing = [
        (name, min(since.get(name, before.get(name, 0)), before.get(name, since.get(name, 0))), children)
        for name, children in sorted(missing.items(), key=lambda one: (-one[1], one[0]))[:MISSING_MAX]
    ]


async def load_counts(connection: AsyncConnection, runs: Collection[str]) -> dict[str, CountRow]:
    """The counts of these runs, as many as there are."""
    found: dict[str, CountRow] = {}
    for some in chunks(runs):
        rows = await connection.execute(sa.select(run_counts).where(run_counts.c.run.in_(some)))
        found |= {row["run"]: CountRow(**row) for row in rows.mappings()}
    return found


async def save_counts(connection: AsyncConnection, rows: Iterable[CountRow]) -> None:
    """Write counts."""
    await upsert(connection, run_counts, [msgspec.structs.asdict(row) for row in rows])


async def tell_counts(connection: AsyncConnection, told: Mapping[str, int]) -> None:
    """Keep how many spans runs made, as their agents said with their last words."""
    if not told:
        return
    made = insert_into(connection, run_counts)
    more = sa.case((made.excluded.told > run_counts.c.told, made.excluded.told), else_=run_counts.c.told)
    rows: list[dict[str, Any]] = [{"run": run, "told": count, "missing": []} for run, count in told.items()]
    await connection.execute(made.on_conflict_do_update(index_elements=["run"], set_={"told": more}), rows)
