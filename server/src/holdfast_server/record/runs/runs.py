"""Finding runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import msgspec

from holdfast_server.errors import NotFound
from holdfast_server.kit.db import Database
from holdfast_server.kit.paging import Page, PageAsk, read_cursor, write_cursor
from holdfast_server.kit.wire import at
from holdfast_server.record.runs import store
from holdfast_server.record.runs.counts import CountRow, load_counts
from holdfast_server.record.runs.projection import LIVE
from holdfast_server.record.runs.rows import RunRow, show_run
from holdfast_server.record.runs.run import InFlight, RunFilter, RunSummary

FAMILY_MAX: Final = 500
IN_FLIGHT_MAX: Final = 500


class Around(msgspec.Struct, frozen=True):
    """What stands around a run."""

    chain: list[str]
    labels: list[str]
    runs: list[RunSummary]
    held_micro_usd: int


class Runs:
    """The runs of the fleet."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def page(self, wanted: RunFilter, page: PageAsk) -> Page[RunSummary]:
        """Runs, newest first."""
        before = read_cursor(page.cursor) if page.cursor else None
        async with self._db.read() as connection:
            rows = await store.list_runs(connection, wanted, before=before, limit=page.limit + 1)
        more = len(rows) > page.limit
        rows = rows[: page.limit]
        following = write_cursor(rows[-1].started_ns, rows[-1].id) if more else None
        return Page(items=await self.show(rows), next=following)

    async def get(self, run: str) -> RunSummary:
        """One run.

        Raises:
            NotFound: no such run arrived.
        """
        return (await self.show([await self._row(run)]))[0]

    async def find(self, ids: Sequence[str]) -> Sequence[RunSummary]:
        """The runs of these ids, as many as there are."""
        async with self._db.read() as connection:
            rows = await store.load_runs(connection, ids)
        return await self.show(list(rows.values()))

    async def around(self, summary: RunSummary) -> Around:
        """The run's chain, labels, family and open holds."""
        row = await self._row(summary.id)
        async with self._db.read() as connection:
            family = await store.list_family(connection, row.trace, FAMILY_MAX)
            open_steps = await store.list_open_steps(connection, [row.id], IN_FLIGHT_MAX)
        others = await self.show([one for one in family if one.id != row.id])
        held = sum(step.hold_micro_usd for step in open_steps)
        return Around(chain=row.chain, labels=row.labels, runs=others, held_micro_usd=held)

    async def show(self, rows: Sequence[RunRow]) -> list[RunSummary]:
        """Rows with what is in flight, and how much of them is here."""
        live = {row.id for row in rows if row.state in LIVE}
        in_flight: defaultdict[str, list[InFlight]] = defaultdict(list)
        async with self._db.read() as connection:
            counts = await load_counts(connection, [row.id for row in rows])
            gaps = [row.process for row in rows if row.process and _has_gap(counts.get(row.id))]
            dropped = await store.load_dropped(connection, gaps)
            for step in await store.list_open_steps(connection, sorted(live), IN_FLIGHT_MAX):
                in_flight[step.run].append(_in_flight(step.id, step.kind, step.target, step.started_ns))
        for row in rows:
            if row.id in live and not row.governed and (count := counts.get(row.id)):
                # A span is sent when it ends: whoever has children here and is not here itself still runs.
                in_flight[row.id] += (_in_flight(one, "span", "", since) for one, since, _ in count.missing)
        return [
            show_run(row, in_flight[row.id], counts=counts.get(row.id), dropped=dropped.get(row.process, 0))
            for row in rows
        ]

    async def _row(self, run: str) -> RunRow:
        async with self._db.read() as connection:
            found = await store.load_runs(connection, [run])
        if run not in found:
            raise NotFound(f"there is no run {run[:64]}", hint="List them at /v1/runs.")
        return found[run]


def _has_gap(count: CountRow | None) -> bool:
    return count is not None and count.told > count.numbered


def _in_flight(step: str, kind: str, target: str, since_ns: int) -> InFlight:
    shown = {"step": step, "kind": kind, "target": target, "since": at(since_ns)}
    return InFlight.model_validate(shown)
