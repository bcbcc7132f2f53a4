"""Which spans of a trace were counted already: one that is sent again is kept once and counted once.

Ids stand in the control database beside what they were counted into, so that both change in one transaction;
whether the span store had a block already when the process was killed makes no difference.
"""

from __future__ import annotations

import struct
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.kit.db import chunks
from holdfast_server.record.runs.tables import seen_spans

ID_BYTES: Final = 8
NOBODY: Final = bytes(ID_BYTES)
"""The parent of a span that has none."""
SPANS_MAX: Final = 200_000
"""Spans of one trace that are remembered; beyond it nothing of the trace is counted as missing."""
_entries = struct.Struct("8s8s").iter_unpack


class Seen:
    """The spans of one trace that were counted, and what each hangs on."""

    __slots__ = ("_fresh", "_parents", "_parts", "ids")

    def __init__(self) -> None:
        self.ids: set[bytes] = set()
        self._parents: defaultdict[str, dict[bytes, bytes]] = defaultdict(dict)
        """By run: what each of its spans hangs on."""
        self._fresh: defaultdict[str, bytearray] = defaultdict(bytearray)
        self._parts: defaultdict[str, int] = defaultdict(int)

    @property
    def runs(self) -> set[str]:
        """The runs whose spans are among them."""
        return set(self._parents)

    @property
    def full(self) -> bool:
        """Whether no more can be remembered, so that nobody can say what is missing."""
        return len(self.ids) >= SPANS_MAX

    def keep(self, run: str, part: int, entries: bytes) -> None:
        """Take in what was remembered before."""
        kept: dict[bytes, bytes] = dict(_entries(entries))
        self._parents[run].update(kept)
        self._parts[run] = max(self._parts[run], part + 1)
        self.ids.update(kept)

    def take(self, run: str, span: str, parent: str) -> bool:
        """Remember a span; False when it was counted already."""
        one = _key(span)
        if one in self.ids:
            return False
        if not self.full:
            above = _key(parent) if parent else NOBODY
            self.ids.add(one)
            self._parents[run][one] = above
            self._fresh[run] += one + above
        return True

    def missing(self) -> Mapping[str, Mapping[str, int]]:
        """By run: parents that never came, each with how many spans hang on it; nothing when it is full."""
        found: dict[str, dict[str, int]] = {}
        for run, parents in self._parents.items() if not self.full else ():
            absent = set(parents.values()) - self.ids - {NOBODY}
            if absent:
                hanging = Counter(parent for parent in parents.values() if parent in absent)
                found[run] = {parent.hex(): count for parent, count in hanging.items()}
        return found

    def fresh(self) -> Iterator[tuple[str, int, bytes]]:
        """What came now: run, part and entries."""
        for run, entries in self._fresh.items():
            yield run, self._parts.get(run, 0), bytes(entries)


async def load_seen(connection: AsyncConnection, traces: Iterable[str]) -> dict[str, Seen]:
    """What was counted of these traces; empty for those that are new."""
    found = {trace: Seen() for trace in traces}
    columns = (seen_spans.c.trace, seen_spans.c.run, seen_spans.c.part, seen_spans.c.ids)
    for some in chunks(found):
        query = sa.select(*columns).where(seen_spans.c.trace.in_(some))
        for trace, run, part, entries in await connection.execute(query):
            found[trace].keep(run, part, entries)
    return found


async def save_seen(connection: AsyncConnection, seen: Mapping[str, Seen], *, now_ns: int) -> None:
    """Remember what came now."""
    rows: list[dict[str, Any]] = [
        {"trace": trace, "run": run, "part": part, "at_ns": now_ns, "ids": entries}
        for trace, one in seen.items()
        for run, part, entries in one.fresh()
    ]
    if rows:
        await connection.execute(sa.insert(seen_spans), rows)


async def forget_seen(connection: AsyncConnection, before_ns: int) -> None:
    """Forget ids of spans that came before this moment: sent again after that, they count again."""
    await connection.execute(sa.delete(seen_spans).where(seen_spans.c.at_ns < before_ns))


def _key(span: str) -> bytes:
    return bytes.fromhex(span)[-ID_BYTES:].rjust(ID_BYTES, b"\0")
