"""From a request to the span store: journal first, then answer, then store in large blocks.

```text
take ──► journal (on the disk) ──► 200         the sender may forget it
                 │
                 └─ store_some ──► normalise, redact ──► span store ──► runs and cursor, one transaction
```

Storing always reads the journal from the cursor on, so that starting again after a kill is not a special
case.
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

import msgspec
import structlog

from holdfast.record import Redactor
from holdfast_server.action.otlp.billing import Pricer
from holdfast_server.action.otlp.decode import Arrived, Bad, decode_journal
from holdfast_server.action.otlp.normalise import normalise
from holdfast_server.errors import Congested, Unavailable
from holdfast_server.kit.db import Database, cursors, read_cursor_place, upsert
from holdfast_server.record.runs.changes import Changes
from holdfast_server.record.runs.traces import take_spans
from holdfast_server.record.spans.journal import Journal
from holdfast_server.record.spans.redacting import redacted
from holdfast_server.record.spans.span import Span
from holdfast_server.record.spans.store import SpanStore
from holdfast_server.settings import Limits

log = structlog.get_logger(__name__)

CURSOR: Final = "journal"
GATHER_S: Final = 0.2
BLOCK_SPANS: Final = 10_000
RETRY_S: Final = 1.0
RECENT: Final = 4096
DISK_LOOK_S: Final = 2.0
DISK_FULL: Final = "the disk is nearly full"


class Flow(msgspec.Struct, frozen=True):
    """How far storing is behind accepting, in spans."""

    pending: int
    stored: int


class Intake:
    """Takes spans in; one per process."""

    def __init__(
        self,
        *,
        journal: Journal,
        store: SpanStore,
        db: Database,
        pricer: Pricer,
        changes: Changes,
        limits: Limits,
        redactor: Redactor | None = None,
    ) -> None:
        self.ready = False
        self._trouble_said = ""
        self._disk_full = False
        self._journal, self._store, self._db = journal, store, db
        self._pricer, self._changes, self._limits = pricer, changes, limits
        self._redactor = redactor or Redactor()
        self._cursor: int = 0
        self._pending = self._stored = 0
        self._wake = asyncio.Event()
        self._recent: OrderedDict[bytes, None] = OrderedDict()
        self._looked_at_disk = 0.0

    @property
    def problem(self) -> str:
        """What keeps spans from being stored; empty when nothing does."""
        return DISK_FULL if self._disk_full else self._trouble_said

    async def open(self) -> None:
        """Find the place where storing stopped, what waits after it, and what a sender may retry."""
        async with self._db.read() as connection:
            self._cursor = await read_cursor_place(connection, CURSOR)
        await asyncio.to_thread(self._remember_kept)

    def flow(self) -> Flow:
        """How far storing is behind."""
        return Flow(self._pending, self._stored)

    async def take(self, arrived: Arrived) -> Sequence[Bad]:
        """Keep a request durably; returns the spans that could not be kept.

        Raises:
            Congested: storing is too far behind, or the disk nearly full; nothing was kept.
        """
        digest = _digest(arrived.body)
        if not arrived.spans or digest in self._recent:
            return arrived.rejected  # nothing to keep, or a retry of what is kept already
        self._refuse_if_behind()
        await self._journal.append(arrived.spans.to_bytes(4, "little") + arrived.body)
        self._remember(digest)
        self._pending += arrived.spans
        self._wake.set()
        return arrived.rejected

    async def store_forever(self) -> None:
        """Open the span store, then store what arrives, until cancelled."""
        while not self.ready:
            try:
                await self._store.open()
                self.ready, self._trouble_said = True, ""
                log.info("span_store_opened")
            except Unavailable as error:
                await self._trouble(error)
        while True:
            try:
                if not await self.store_some():
                    await self._wake.wait()
                    self._wake.clear()
                    await asyncio.sleep(GATHER_S)
            except Unavailable as error:
                await self._trouble(error)

    async def store_some(self) -> bool:
        """Store the next block of the journal; False when there was nothing."""
        spans, end = await asyncio.to_thread(self._gather)
        if end == self._cursor:
            return False
        await self._store.write(spans, token=f"{self._cursor}-{end}")
        async with self._db.write() as connection:
            touched = await take_spans(connection, spans)
            await upsert(connection, cursors, [{"name": CURSOR, "place": end}])
        self._cursor, self._trouble_said = end, ""
        self._pending = max(0, self._pending - len(spans))
        self._stored += len(spans)
        self._changes.touch(runs=touched)
        self._journal.forget_before(end)
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

    def _remember_kept(self) -> None:
        """A request may have been kept and not answered before a kill; its retry must be known."""
        for frame in self._journal.read_kept():
            self._remember(_digest(frame.body[4:]))
            if frame.end > self._cursor:
                self._pending += _spans_in(frame.body)

    def _remember(self, digest: bytes) -> None:
        self._recent[digest] = None
        if len(self._recent) > RECENT:
            self._recent.popitem(last=False)

    def _gather(self) -> tuple[list[Span], int]:
        """The next block of spans, redacted and priced, and where it ends."""
        spans: list[Span] = []
        end = self._cursor
        for frame in self._journal.read_from(self._cursor):
            spans += (redacted(span, self._redactor) for span in normalise(decode_journal(frame.body[4:])))
            end = frame.end
            if len(spans) >= BLOCK_SPANS:
                break
        return list(self._pricer.bill(spans)), end

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

    async def _trouble(self, error: Unavailable) -> None:
        """Say it, wait, and let the caller try again; nothing is lost, it stays in the journal."""
        if self._trouble_said != error.message:
            log.error("span_store_failed", error=error.message)
        self._trouble_said = error.message
        await asyncio.sleep(RETRY_S)


def _digest(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=16).digest()


def _spans_in(body: bytes) -> int:
    return int.from_bytes(body[:4], "little")
