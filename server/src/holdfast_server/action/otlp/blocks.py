"""A stretch of the journal, ready to be stored: in memory, or in files that another process wrote."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Protocol

import msgspec

from holdfast_server.action.otlp.orders import Refined
from holdfast_server.record.spans.log import Log
from holdfast_server.record.spans.rows import log_rows, read_log_rows, read_span_rows, said_columns, span_rows
from holdfast_server.record.spans.span import Span
from holdfast_server.record.spans.store import SpanStore

CHUNK: Final = 1_000
"""So many spans are counted at a time: some 35 ms, in which nobody else writes."""


class Block(Protocol):
    """A stretch of the journal, from `start` to `end`, in which so many spans were accepted."""

    start: int
    end: int
    accepted: int

    async def store(self, store: SpanStore, *, token: str) -> None:
        """Write its spans and its logs; twice is the same as once."""
        ...

    def chunks(self) -> Iterator[Sequence[Span]]:
        """Its spans, some at a time."""
        ...

    def again(self) -> Sequence[Span]:
        """Spans that were stored before, and now with what was said inside of them."""
        ...

    def forget(self) -> None:
        """It is stored."""
        ...


class BlockInMemory:
    """What a refiner in this process made."""

    def __init__(self, refined: Refined) -> None:
        self.start, self.end, self.accepted = refined.start, refined.end, refined.accepted
        self._refined = refined

    async def store(self, store: SpanStore, *, token: str) -> None:
        """Write what there is."""
        await store.write(self._refined.spans, token=token)
        await store.write_logs(self._refined.logs, token=token)

    def chunks(self) -> Iterator[Sequence[Span]]:
        """The spans themselves."""
        spans = self._refined.spans
        return (spans[at : at + CHUNK] for at in range(0, len(spans), CHUNK))

    def again(self) -> Sequence[Span]:
        """The spans that logs came for."""
        return self._refined.again

    def forget(self) -> None:
        """Nothing is left behind."""


class Packed(msgspec.Struct):
    """Where the files of a block are, and how many rows are in each."""

    start: int
    end: int
    accepted: int
    spans: int
    again: int
    logs: int
    chunks: list[int]
    """The bytes of each `CHUNK` of spans."""
    columns: tuple[str, ...]
    """What the rows of spans hold."""

    def path(self, folder: Path, what: str) -> Path:
        """One of its files."""
        return folder / f"{self.start}-{self.end}.{what}"


def pack_block(refined: Refined, folder: Path) -> Packed:
    """Write a block into files; they need no flush, the journal still has it all."""
    spans, version = refined.spans, time.time_ns()
    counts = (len(spans), len(refined.again), len(refined.logs))
    columns = said_columns(spans)
    packed = Packed(refined.start, refined.end, refined.accepted, *counts, [], columns)
    with packed.path(folder, "spans").open("wb") as file:
        for at in range(0, len(spans), CHUNK):
            packed.chunks.append(file.write(span_rows(spans[at : at + CHUNK], version, columns)))
    if refined.again:
        packed.path(folder, "again").write_bytes(span_rows(refined.again, version))
    if refined.logs:
        packed.path(folder, "logs").write_bytes(log_rows(refined.logs))
    return packed


class BlockInFiles:
    """What a refiner in another process made."""

    def __init__(self, packed: Packed, folder: Path) -> None:
        self.start, self.end, self.accepted = packed.start, packed.end, packed.accepted
        self._packed, self._folder = packed, folder

    async def store(self, store: SpanStore, *, token: str) -> None:
        """Hand the files to the engine."""
        if self._packed.spans:
            rows, columns = self._path("spans"), self._packed.columns
            await store.write_rows(rows, self._packed.spans, columns=columns, token=token)
        if self._packed.logs:
            await store.write_logs(self._logs(), token=token)

    def chunks(self) -> Iterator[Sequence[Span]]:
        """The spans, read back."""
        left = self._packed.spans
        if not left:
            return
        with self._path("spans").open("rb") as file:
            for size in self._packed.chunks:
                count = min(left, CHUNK)
                yield list(read_span_rows(file.read(size), count, self._packed.columns))
                left -= count

    def again(self) -> Sequence[Span]:
        """The spans that logs came for."""
        if not self._packed.again:
            return ()
        return list(read_span_rows(self._path("again").read_bytes(), self._packed.again))

    def forget(self) -> None:
        """Delete the files."""
        for what in ("spans", "again", "logs"):
            self._path(what).unlink(missing_ok=True)

    def _logs(self) -> Sequence[Log]:
        return list(read_log_rows(self._path("logs").read_bytes(), self._packed.logs))

    def _path(self, what: str) -> Path:
        return self._packed.path(self._folder, what)
