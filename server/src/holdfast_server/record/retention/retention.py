"""Letting go of what is past its time, and of nothing that somebody holds.

Nothing is deleted unless a rule says so. Spans go by whole days, which costs an engine nothing; a day of
which something is held is rewritten without the rest. The ledger is never shortened: it proves by being
whole, and holds nothing of what was said.
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast.record import RetentionRecord
from holdfast_server.errors import Conflict, Invalid, NotFound
from holdfast_server.kit.clock import Clock
from holdfast_server.kit.db import Database
from holdfast_server.kit.ids import new_id
from holdfast_server.kit.wire import NS_PER_S
from holdfast_server.record.blobs.blobs import Blobs
from holdfast_server.record.ledger.log import LOG, ServerLedger
from holdfast_server.record.retention import store, sums
from holdfast_server.record.retention.days import SpanDays
from holdfast_server.record.retention.rule import (
    KINDS,
    Hold,
    HoldAsk,
    Kind,
    RetentionView,
    Rule,
    RuleAsk,
    StoredDay,
    Swept,
)  # fmt: skip
from holdfast_server.record.retention.tables import holds
from holdfast_server.settings import Limits
from holdfast_server.settings import Retention as Defaults

log = structlog.get_logger(__name__)

DAY_NS: Final = 86_400 * NS_PER_S
HELD_MAX: Final = 10_000
"""Traces that may be held one by one; beyond it nothing at all is swept until there are fewer."""


class Retention:
    """The rules and the holds of one project, and the sweep that follows them."""

    def __init__(
        self,
        *,
        project: str,
        data: Path,
        db: Database,
        ledger: ServerLedger,
        days: SpanDays,
        blobs: Blobs,
        clock: Clock,
        defaults: Defaults,
        limits: Limits,
    ) -> None:
        self._project, self._data, self._db, self._ledger = project, data, db, ledger
        self._days, self._blobs, self._clock = days, blobs, clock
        self._defaults, self._limits = defaults, limits
        self._turn = asyncio.Lock()

    async def view(self) -> RetentionView:
        """The rules, the holds in force, and what is kept now."""
        async with self._db.read() as connection:
            held = await store.load_holds(connection, self._project)
        count, size = await asyncio.to_thread(self._blobs.usage)
        return RetentionView(
            project=self._project,
            rules=await self.rules(),
            holds=held,
            days=list(await self._days.list_days()),
            payloads=count,
            payload_bytes=size,
            data_bytes=await asyncio.to_thread(folder_bytes, self._data),
            data_bytes_max=self._limits.data_bytes,
            disk_free_bytes=(await asyncio.to_thread(shutil.disk_usage, self._data)).free,
            disk_free_bytes_min=self._limits.disk_free_bytes,
        )

    async def rules(self) -> list[Rule]:
        """Every class's rule: as somebody set it, else as the settings have it."""
        async with self._db.read() as connection:
            told = await store.load_rules(connection, self._project)
        given: dict[Kind, int | None] = {
            "payload": self._defaults.payload_days, "span": self._defaults.span_days,
            "sum": self._defaults.sum_days, "ledger": None,
        }  # fmt: skip
        return [told.get(kind) or Rule(kind=kind, days=given[kind], by="", set_at=None) for kind in KINDS]

    async def set_rule(self, kind: Kind, asked: RuleAsk) -> Rule:
        """Keep a class so long from now on.

        Raises:
            Invalid: the ledger cannot be shortened.
        """
        if kind == "ledger" and asked.days is not None:
            raise Invalid(
                "the ledger is kept forever: it proves by being whole",
                hint="It holds nothing of what was said; set payload, span or sum.",
            )
        now = self._clock()
        row = {"project": self._project, "kind": kind, "days": asked.days, "by": asked.by, "at_ns": now}
        async with self._db.write() as connection:
            await store.save_rule(connection, row)
            await self._record(connection, "set", kind, f"{asked.days or 'forever'}", by=asked.by)
        return next(rule for rule in await self.rules() if rule.kind == kind)

    async def hold(self, asked: HoldAsk) -> Hold:
        """Keep something, whatever the rules say.

        Raises:
            Invalid: a scope other than `project` needs a target.
        """
        if (asked.scope == "project") == bool(asked.target):
            raise Invalid(
                "an agent, a session or a run needs a target, and the project has none",
                hint="Name what to hold.",
            )
        row: dict[str, Any] = asked.model_dump() | {
            "id": new_id("hold"), "project": self._project, "at_ns": self._clock(),
            "released_by": "", "released_ns": None,
        }  # fmt: skip
        async with self._turn, self._db.write() as connection:
            await connection.execute(sa.insert(holds).values(row))
            await self._record(
                connection, "held", asked.scope, asked.target, by=asked.by, reason=asked.reason
            )
        return store.show_hold(row)

    async def release(self, hold: str, *, by: str) -> Hold:
        """Let the rules have it again.

        Raises:
            NotFound: there is no such hold.
            Conflict: it is released already.
        """
        async with self._db.write() as connection:
            found = await store.find_hold(connection, hold)
            if found is None:
                raise NotFound(f"there is no hold {hold[:64]}", hint="List them at /v1/retention.")
            if found.released_at is not None:
                raise Conflict(f"{hold} was released by {found.released_by} already")
            done = {"released_by": by, "released_ns": self._clock()}
            await connection.execute(sa.update(holds).where(holds.c.id == hold).values(done))
            await self._record(connection, "released", found.scope, found.target, by=by)
            after = await store.find_hold(connection, hold)
        assert after is not None, "found above, in the same transaction"
        return after

    async def sweep(self, *, dry: bool = False) -> Swept:
        """Delete what is past its time; `dry` only says what that is."""
        async with self._turn:
            rules: dict[Kind, int | None] = {rule.kind: rule.days for rule in await self.rules()}
            async with self._db.read() as connection:
                held = await store.load_holds(connection, self._project)
                traces = await store.held_traces(connection, held)
                kept = await sums.find_kept(connection, held, traces)
            nothing = Swept(
                days_dropped=[],
                days_emptied=[],
                runs=0,
                steps=0,
                sums=0,
                payloads=0,
                held_traces=len(traces),
                dry=dry,
            )
            if any(one.scope == "project" for one in held) or len(traces) > HELD_MAX:
                return nothing
            emptied, steps = await self._empty(rules["payload"], traces, dry=dry)
            dropped, runs, gone = await self._drop(rules["span"], traces, dry=dry)
            added_up = await self._drop_sums(rules["sum"], kept, dry=dry)
            payloads = 0 if dry or held else await self._sweep_blobs(rules)
        told = {"days_dropped": dropped, "days_emptied": emptied, "runs": runs, "steps": steps + gone}
        return nothing.model_copy(update={**told, "sums": added_up, "payloads": payloads})

    async def look(self) -> None:
        """Sweep, and say in the log what went."""
        swept = await self.sweep()
        told = swept.model_dump(exclude={"dry", "held_traces"})
        if any(told.values()):
            log.info("retention_swept", **told, held_traces=swept.held_traces)

    async def _empty(self, days: int | None, held: Collection[str], *, dry: bool) -> tuple[list[int], int]:
        """Delete what was said before so many days."""
        if days is None:
            return [], 0
        before = self._clock() - days * DAY_NS
        due = await self._due("payload", before, held)
        if dry:
            return [one.day for one in due], 0
        for one in due:
            await self._days.empty_day(one.day, but=held)
            await self._note("payload", one, held)
        return [one.day for one in due], await self._some(lambda c: store.empty_steps(c, before, held))

    async def _drop(
        self, days: int | None, held: Collection[str], *, dry: bool
    ) -> tuple[list[int], int, int]:
        """Delete the spans, runs and steps of before so many days."""
        if days is None:
            return [], 0, 0
        before = self._clock() - days * DAY_NS
        due = await self._due("span", before, held)
        if dry:
            async with self._db.read() as connection:
                runs, steps = await store.count_aged(connection, before, held)
            return [one.day for one in due], runs, steps
        for one in due:
            await self._days.drop_day(one.day, but=held)
            await self._note("span", one, held)
        steps = await self._some(lambda c: store.drop_steps(c, before, held))
        runs = await self._some(lambda c: store.drop_runs(c, before, held))
        async with self._db.write() as connection:
            await store.drop_empty(connection, before)
        return [one.day for one in due], runs, steps

    async def _drop_sums(self, days: int | None, kept: sums.Kept, *, dry: bool) -> int:
        """Delete the sums of days that ended before so many days; returns how many rows."""
        if days is None:
            return 0
        before = self._clock() // DAY_NS - days
        total = 0
        if dry:
            async with self._db.read() as connection:
                return await sums.count(connection, 0, before, kept)
        while (day := await self._find_sums(before, kept)) is not None:
            async with self._db.write() as connection:
                count = await sums.count(connection, day, day + 1, kept)
                await self._record(connection, "dropped", "sum", str(_day_before(day * DAY_NS)), count=count)
            for part in range(sums.PARTS):
                async with self._db.write() as connection:
                    await sums.drop_part(connection, day, part, kept)
            total += count
        return total

    async def _find_sums(self, before: int, kept: sums.Kept) -> int | None:
        async with self._db.read() as connection:
            return await sums.find_day(connection, before, kept)

    async def _due(self, kind: Kind, before_ns: int, held: Collection[str]) -> list[StoredDay]:
        """The days that end before this moment and were not swept yet, with the same things held."""
        async with self._db.read() as connection:
            done = await store.swept(connection, kind)
        last = _day_before(before_ns)
        # What comes late changes the count of its day, so the day is swept again.
        return [
            one
            for one in await self._days.list_days()
            if one.day < last and done.get(one.day) != _state(one, held)
        ]

    async def _note(self, kind: Kind, day: StoredDay, held: Collection[str]) -> None:
        row = {"day": day.day, "kind": kind, "held": _state(day, held), "at_ns": self._clock()}
        async with self._db.write() as connection:
            await store.note_swept(connection, row)
            event = "dropped" if kind == "span" else "emptied"
            await self._record(connection, event, kind, str(day.day), count=day.spans)

    async def _some(self, work: Callable[[AsyncConnection], Awaitable[int]]) -> int:
        """Do it some rows at a time, until nothing is left."""
        total = 0
        while True:
            async with self._db.write() as connection:
                done = await work(connection)
            total += done
            if done < store.SOME:
                return total
            await asyncio.sleep(0)

    async def _sweep_blobs(self, rules: dict[Kind, int | None]) -> int:
        """Many rows may name one payload: it goes by when it was sent last, and never during a hold."""
        given = [days for kind in ("payload", "span") if (days := rules[kind]) is not None]
        if not given:
            return 0
        before_s = (self._clock() - min(given) * DAY_NS) / NS_PER_S
        count, _ = await asyncio.to_thread(self._blobs.sweep, before_s)
        return count

    async def _record(
        self, connection: AsyncConnection, event: str, scope: str, target: str,
        *, by: str = "", count: int = 0, reason: str = "",
    ) -> None:  # fmt: skip
        commit = self._ledger.commit(f"{event}:{scope}:{target}", "reason", reason) if reason else ""
        leaf = RetentionRecord(self._clock(), LOG, event, scope, target, by, count, commit)
        await self._ledger.add_own(connection, leaf)


def folder_bytes(folder: Path) -> int:
    """What a folder takes on the disk."""
    size = 0
    for path in folder.rglob("*"):
        try:
            size += path.lstat().st_blocks * 512
        except OSError:
            continue  # gone meanwhile
    return size


def _day_before(ns: int) -> int:
    return int(datetime.fromtimestamp(ns // NS_PER_S, UTC).strftime("%Y%m%d"))


def _state(day: StoredDay, held: Collection[str]) -> str:
    """What a sweep of a day depends on."""
    return f"{day.spans}:{hashlib.sha256(chr(10).join(sorted(held)).encode()).hexdigest()[:16]}"
