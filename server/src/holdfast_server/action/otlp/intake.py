"""From a request to the span store: journal first, then answer, then store in large blocks.

```text
take ──► journal (on the disk) ──► 200         the sender may forget it
                 │
                 └─ store_some ──► refine ─┬─► span store ───────────┬─► cursor
                                           └─► runs, chunk by chunk ─┘
```

Storing always reads the journal from the cursor on, so that starting again after a kill is not a special
case. Where a block ends is written down before the store gets it: after a kill the same block goes there
again, under the same name, and counts once. How much of it is counted changes in the transaction that counts
it, so that other writers, an order to stop above all, wait for a chunk and not for a block.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.action.otlp.blocks import Block
from holdfast_server.action.otlp.decode import Arrived, Bad
from holdfast_server.action.otlp.frames import pack, unpack
from holdfast_server.action.otlp.refinery import Refinery
from holdfast_server.errors import Congested, Unavailable
from holdfast_server.kit.db import Database, cursors, read_cursor_place, upsert
from holdfast_server.kit.recent import Recent
from holdfast_server.record.runs.changes import Changes
from holdfast_server.record.runs.taking_back import amend_wrappers
from holdfast_server.record.runs.traces import take_spans
from holdfast_server.record.spans.journal import Journal
from holdfast_server.record.spans.log import Log
from holdfast_server.record.spans.span import Span
from holdfast_server.record.spans.store import SpanStore
from holdfast_server.settings import Limits

log = structlog.get_logger(__name__)

CURSOR: Final = "journal"
PLANNED: Final = "journal.planned"
COUNTED: Final = "journal.counted"
"""How many spans of the planned block are counted."""
GATHER_S: Final = 0.2
BLOCK_SPANS: Final = 12_000
RETRY_S: Final = 1.0
RECENT: Final = 4096
DISK_LOOK_S: Final = 2.0
DISK_FULL: Final = "the disk is nearly full"
DATA_FULL: Final = "the data folder is as large as it may be"
BILLED: Final = (
    *("billed", "counted", "same_as", "tool_calls", "cost_micro_usd", "reported_micro_usd", "price"),
    *("usage", "usage_note", "tokens_in", "tokens_out"),
)
"""What of a span was counted when it came, and does not change when more is known of what was said in it."""


class Flow(msgspec.Struct, frozen=True):
    """How far storing is behind accepting, in spans."""

    pending: int
    stored: int


class Intake:
    """Takes spans and logs in; one per process."""

    def __init__(
        self,
        *,
        journal: Journal,
        store: SpanStore,
        db: Database,
        refinery: Refinery,
        changes: Changes,
        limits: Limits,
    ) -> None:
        self.ready = False
        self._trouble_said = ""
        self._disk_full = self._data_full = False
        self._journal, self._store, self._db = journal, store, db
        self._refinery, self._changes, self._limits = refinery, changes, limits
        self._cursor = self._planned = 0
        self._pending = self._stored = 0
        self._wake = asyncio.Event()
        self._storing = asyncio.Lock()
        """Held by whoever stores: a stop drains while the background is still in the middle of a block."""
        self._recent: Recent[bytes, bool] = Recent(RECENT)
        self._looked_at_disk = 0.0
        self._held: Block | None = None
        self._ahead: asyncio.Task[Block] | None = None
        self._changed: set[str] = set()
        """Runs that the held block changed; told when its spans can be read."""
        self._wrappers = True
        """Whether there may be wrappers that the span store has as calls."""

    @property
    def problem(self) -> str:
        """What keeps spans from being stored; empty when nothing does."""
        return DISK_FULL if self._disk_full else DATA_FULL if self._data_full else self._trouble_said

    def weigh(self, data_bytes: int) -> None:
        """Take note of the size of the data folder."""
        most = self._limits.data_bytes
        self._data_full = most is not None and data_bytes > most

    async def open(self) -> None:
        """Find the place where storing stopped, what waits after it, and what a sender may retry."""
        async with self._db.read() as connection:
            self._cursor = await read_cursor_place(connection, CURSOR)
            self._planned = await read_cursor_place(connection, PLANNED)
        await asyncio.to_thread(self._remember_kept)

    def flow(self) -> Flow:
        """How far storing is behind."""
        return Flow(self._pending, self._stored)

    async def take(self, arrived: Arrived) -> Sequence[Bad]:
        """Keep a request durably; returns what of it could not be kept.

        Raises:
            Congested: storing is too far behind, or the disk nearly full; nothing was kept.
        """
        kept = arrived.kept
        if not kept.count or kept.digest in self._recent:
            return arrived.rejected  # nothing to keep, or a retry of what is kept already
        self._refuse_if_behind()
        await self._journal.append(pack(kept))
        self._recent.add(kept.digest, value=True)
        self._pending += kept.count if kept.kind != "logs" else 0
        self._wake.set()
        return arrived.rejected

    async def list_logs(self, trace_id: str, *, span_id: str = "", limit: int) -> Sequence[Log]:
        """What was said in a trace, or in one span of it, as far as it is stored."""
        return await self._store.list_logs(trace_id, span_id=span_id, limit=limit)

    async def store_forever(self) -> None:
        """Open the span store, then store what arrives, until cancelled."""
        while not self.ready:
            try:
                await self._store.open()
                self.ready, self._trouble_said = True, ""
                log.info("span_store_opened")
                self._refinery.begin(self._cursor)
            except Unavailable as error:
                await self._trouble(error)
        while True:
            try:
                if not await self.store_some():
                    await self._store.rest()
                    self._trouble_said = ""
                    await self._wake.wait()
                    self._wake.clear()
                    await asyncio.sleep(GATHER_S)
            except Unavailable as error:
                await self._trouble(error)

    async def store_some(self) -> bool:
        """Store the next block of the journal; False when there was nothing."""
        async with self._storing:
            return await self._store_next()

    async def _store_next(self) -> bool:
        if self._wrappers:
            await amend_wrappers(self._db, self._store)
            self._wrappers = False
        block = self._held or await self._next()
        if block is None:
            return False
        self._held = block
        self._begin_next(block.end)
        await self._keep(block)
        self._held, self._trouble_said = None, ""
        self._pending = max(0, self._pending - block.accepted)
        self._stored += block.accepted
        block.forget()
        self._journal.forget_before(block.end)
        return True

    async def drain(self, within_s: float) -> bool:
        """Store what waits, as far as the time allows; the rest stays in the journal for the next start."""
        try:
            async with asyncio.timeout(within_s):
                while self.ready and await self.store_some():
                    pass
        except (TimeoutError, Unavailable):
            return False
        return self.ready

    async def _next(self) -> Block | None:
        """What comes after the cursor; the same block again when a kill came between its two halves."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            return await ahead
        if self._planned > self._cursor:
            return await self._refinery.refine(self._cursor, self._planned, spans_max=2**62)
        if self._journal.end == self._cursor:
            return None
        return await self._refinery.refine(self._cursor, self._journal.end, spans_max=BLOCK_SPANS)

    def _begin_next(self, start: int) -> None:
        """Refine what comes next while this block is stored."""
        end = self._journal.end
        if self._ahead is None and end > start and self._planned <= start:
            work = self._refinery.refine(start, end, spans_max=BLOCK_SPANS)
            self._ahead = asyncio.ensure_future(work)

    async def _keep(self, block: Block) -> None:
        """Store a block and count it; each half may happen again, and counts once."""
        token = f"{block.start}-{block.end}"
        if self._planned != block.end:
            await self._move({PLANNED: block.end, COUNTED: 0})
            self._planned = block.end
        storing = asyncio.ensure_future(block.store(self._store, token=token))
        # Both end, whatever becomes of one: who tries again must not meet the other at work.
        for failed in await asyncio.gather(storing, self._count(block, storing), return_exceptions=True):
            if failed is not None:
                raise failed
        if again := block.again():
            await self._amend(again, token=f"{token}-again")
        await self._move({CURSOR: block.end})
        self._cursor = block.end
        changed, self._changed = self._changed, set()
        self._changes.touch(runs=changed)

    async def _count(self, block: Block, stored: asyncio.Future[None]) -> None:
        """Take into the runs what of a block is not counted yet, as the database says."""

        async def find(trace_id: str, span_ids: Sequence[str]) -> Sequence[Span]:
            await asyncio.shield(stored)  # they may be of this block
            return await self._store.list_some(trace_id, span_ids)

        place = 0
        for spans in block.chunks():
            place += len(spans)
            async with self._db.write() as connection:
                left = place - await read_cursor_place(connection, COUNTED)
                if left <= 0:
                    continue
                counted = await take_spans(connection, spans[-left:], find=find)
                await _note(connection, {COUNTED: place})
            self._wrappers = self._wrappers or counted.wrappers
            self._changed |= counted.runs

    async def _move(self, places: Mapping[str, int]) -> None:
        async with self._db.write() as connection:
            await _note(connection, places)

    async def _amend(self, again: Sequence[Span], *, token: str) -> None:
        """Store spans anew with what was said inside of them; what was counted of them stays."""
        by_trace: defaultdict[str, dict[str, Span]] = defaultdict(dict)
        for span in again:
            by_trace[span.trace_id][span.span_id] = span
        amended: list[Span] = []
        for trace, spans in by_trace.items():
            for stored in await self._store.list_some(trace, list(spans)):
                counted = {name: getattr(stored, name) for name in BILLED}
                amended.append(msgspec.structs.replace(spans[stored.span_id], **counted))
        await self._store.write(amended, token=token)

    def _remember_kept(self) -> None:
        """A request may have been kept and not answered before a kill; its retry must be known."""
        for frame in self._journal.read_kept():
            kept = unpack(frame.body)
            self._recent.add(kept.digest, value=True)
            if frame.end > self._cursor and kept.kind != "logs":
                self._pending += kept.count

    def _refuse_if_behind(self) -> None:
        behind = self._journal.end - self._cursor
        if behind > self._limits.journal_bytes:
            raise Congested(f"{behind} bytes wait to be stored", retry_after_s=2, hint="Send it again later.")
        now = time.monotonic()
        if now - self._looked_at_disk > DISK_LOOK_S:
            self._looked_at_disk = now
            free = shutil.disk_usage(self._journal.folder).free
            self._disk_full = free < self._limits.disk_free_bytes
        if self._disk_full:
            raise Congested(DISK_FULL, retry_after_s=10, hint="Free disk space where the data folder is.")
        if self._data_full:
            raise Congested(
                DATA_FULL, retry_after_s=10, hint="Keep less (/v1/retention), or raise limits.data_bytes."
            )

    async def _trouble(self, error: Unavailable) -> None:
        """Say it, wait, and let the caller try again; nothing is lost, it stays in the journal."""
        if self._trouble_said != error.message:
            log.error("span_store_failed", error=error.message)
        self._trouble_said = error.message
        await asyncio.sleep(RETRY_S)


async def _note(connection: AsyncConnection, places: Mapping[str, int]) -> None:
    await upsert(connection, cursors, [{"name": name, "place": place} for name, place in places.items()])
