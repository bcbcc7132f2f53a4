"""What was decided, written before the answer and taken into the tables after it.

```text
write ──► ledger (mmap) ──► journal ──► answer      a killed process loses neither
                              │
                              └─ take_in ──► leaves, steps, runs, moves, keys and cursor, one transaction
```

Taking in always reads the journal from the cursor on, so that starting again after a kill is not a special
case. What cannot be undone waits for the disk before the answer.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final

import msgspec

from holdfast.record import decode_leaf
from holdfast_server.decision.decisions import store
from holdfast_server.decision.decisions.move import Held, Move
from holdfast_server.kit.db import Database, cursors, read_cursor_place, upsert
from holdfast_server.kit.idempotency import remember_all
from holdfast_server.record.ledger.log import LOG, Origin, ServerLedger
from holdfast_server.record.records import Records
from holdfast_server.record.spans.journal import Journal

CURSOR: Final = "decisions"
BLOCK: Final = 32
"""Entries taken in at once; whoever asks meanwhile waits for one statement about so many."""
PAUSE_S: Final = 0.05
"""So long nobody has asked before what was decided is taken in: until then it would slow the answers."""
LATE_S: Final = 1.0
"""It waits no longer than this for a pause."""
BEHIND_MAX: Final = 64 * 1024 * 1024
"""Bytes decided and not yet in the tables; beyond that deciding waits for them."""


class Answering(msgspec.Struct, frozen=True, gc=False):
    """What an idempotency key brings back."""

    key: str
    request: str
    made: str


class Entry(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One frame of the journal."""

    place: int
    """In the server's ledger."""
    leaf: bytes
    payload: dict[str, Any]
    move: Move
    answering: Answering | None = None


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Entry).decode


def _nothing(place: int) -> None:
    """Without a key no answer is kept."""
    del place


class Minutes:
    """Writes down what the decision API decides; one per process, on one event loop."""

    def __init__(self, journal: Journal, db: Database, ledger: ServerLedger, records: Records) -> None:
        self._journal, self._db, self._ledger, self._records = journal, db, ledger, records
        self._cursor = self._pushed_out = 0
        self._wrote = 0.0
        self._taking = asyncio.Lock()
        self._wake = asyncio.Event()

    async def open(self) -> None:
        """Take in what was decided before the last end and is not in the tables yet."""
        async with self._db.read() as connection:
            self._cursor = await read_cursor_place(connection, CURSOR)
        await self.take_in()

    def write(
        self,
        leaf: bytes,
        payload: dict[str, Any],
        move: Move,
        *,
        answering: Callable[[int], Answering | None] = _nothing,
    ) -> int:
        """Append a leaf with what stands around it; when this returns, a kill cannot lose it.

        Args:
            leaf: what is proved.
            payload: what is shown of it; redacted.
            move: what it did to its session; redacted.
            answering: what is kept of the answer, once its place in the ledger is known.

        Raises:
            Unavailable: the ledger or the journal cannot be written; the action must not run.
        """
        place = self._ledger.append(leaf)
        self._journal.note(_encode(Entry(place, leaf, payload, move, answering(place))))
        self._wrote = time.monotonic()
        self._wake.set()
        return place

    async def settle_on_disk(self, place: int) -> None:
        """Return when a leaf and everything noted so far is on the disk."""

        def both() -> None:
            # One after the other in one thread: two at once take as long, and cost a second hop.
            self._ledger.sync(place)
            self._journal.sync()

        await asyncio.to_thread(both)

    async def keep_up(self) -> None:
        """Wait when the tables are too far behind."""
        if self._journal.end - self._cursor > BEHIND_MAX:
            await self.take_in()

    async def take_in(self) -> None:
        """Bring the tables up to what was decided when this is called; at once when they are."""
        end = self._journal.end
        if self._cursor >= end:
            return
        async with self._taking:
            while self._cursor < end:
                await self._take_some()

    async def work(self) -> None:
        """Take in what was written meanwhile, once there is something, in a pause between two questions."""
        await self._wake.wait()
        latest = time.monotonic() + LATE_S
        while time.monotonic() < min(latest, self._wrote + PAUSE_S):  # noqa: ASYNC110  # nobody tells of silence
            await asyncio.sleep(PAUSE_S)
        self._wake.clear()
        await self.take_in()

    def push_out(self) -> None:
        """A session leaves the memory: what it did must be in the tables before it is recalled."""
        self._pushed_out = self._journal.end

    async def recall(self, session: str) -> Held | None:
        """A session as its moves made it; None when it had none."""
        if self._cursor < self._pushed_out:
            await self.take_in()
        async with self._db.read() as connection:
            found = await store.list_moves(connection, session)
        return await asyncio.to_thread(Held.again, session, found) if found else None

    async def session_of(self, step: str) -> str | None:
        """The session in which a step was decided."""
        await self.take_in()
        async with self._db.read() as connection:
            return await store.find_session(connection, step)

    async def _take_some(self) -> None:
        """Take one block in; whoever is waiting for an answer gets a turn in between."""
        entries, end = await asyncio.to_thread(self._gather)
        placed = [
            (entry.place, Origin(decode_leaf(entry.leaf), entry.leaf, LOG), entry.payload)
            for _, entry in entries
        ]
        rows = [
            {
                "place": place,
                "session": entry.move.session,
                "step": entry.move.action.id,
                "at_ns": entry.move.at_ns,
                "move": _encode(entry.move),
            }
            for place, entry in entries
        ]
        keys = [
            {"key": one.key, "request": one.request, "made": one.made, "at_ns": entry.move.at_ns}
            for _, entry in entries
            if (one := entry.answering) is not None
        ]
        async with self._db.write() as connection:
            await self._records.take_own(connection, placed)
            await store.keep_moves(connection, rows)
            await remember_all(connection, keys)
            await upsert(connection, cursors, [{"name": CURSOR, "place": end}])
        self._cursor = end
        self._journal.forget_before(end)

    def _gather(self) -> tuple[list[tuple[int, Entry]], int]:
        entries: list[tuple[int, Entry]] = []
        end = self._cursor
        for frame in self._journal.read_from(self._cursor):
            end = frame.end
            entries.append((end, _decode(frame.body)))
            if len(entries) == BLOCK:
                break
        return entries, end
