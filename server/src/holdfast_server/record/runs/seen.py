"""Which spans of a trace were counted already: one that is sent again is kept once and counted once.

Ids stand in the control database beside what they were counted into, so that both change in one transaction;
whether the span store had a block already when the process was killed makes no difference. Beside them stands
which were billed, and which stand above a counted call: a wrapper is known whichever of the two comes first.
"""

from __future__ import annotations

import struct
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.kit.db import chunks, insert_rows
from holdfast_server.record.runs.tables import seen_spans, taken_back
from holdfast_server.record.spans.wrapper import ABOVE_MAX

ID_BYTES: Final = 8
NOBODY: Final = bytes(ID_BYTES)
"""The parent of a span that has none."""
SPANS_MAX: Final = 200_000
"""Spans of one trace that are remembered; beyond it nothing of the trace is counted as missing."""
NOTED: Final = ("above", "billed", "claimed")
"""What is noted of some spans: a call below it is counted, it was billed, another one reports it too."""
PART: Final = ("run", "part", "ids", *NOTED)
"""The columns of a part, as `Seen.keep` takes them."""
_SAVING: Final = sa.insert(seen_spans)
_entries = struct.Struct("8s8s").iter_unpack
_ids = struct.Struct("8s").iter_unpack


class Seen:
    """The spans of one trace that were counted, and what each hangs on."""

    __slots__ = ("_fresh", "_fresh_notes", "_notes", "_parents", "_parts", "_unsure", "ids")

    def __init__(self) -> None:
        self.ids: set[bytes] = set()
        self._notes: dict[str, set[bytes]] = {name: set() for name in NOTED}
        self._fresh_notes: defaultdict[tuple[str, str], bytearray] = defaultdict(bytearray)
        self._unsure = False
        """Whether some of it was counted when nobody noted yet what was billed."""
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

    def keep(self, run: str, part: int, entries: bytes, *noted: bytes | None) -> None:
        """Take in what was remembered before."""
        kept: dict[bytes, bytes] = dict(_entries(entries))
        for name, ids in zip(NOTED, noted, strict=False):
            self._notes[name].update(one for (one,) in _ids(ids or b""))
        self._unsure = self._unsure or None in noted
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

    def bill(self, run: str, span: str) -> None:
        """Note that a span was billed."""
        if (one := _key(span)) in self.ids:
            self._note("billed", run, one)

    def claim(self, run: str, span: str) -> None:
        """Note that another span reports the same call: what is counted of it stays."""
        if (one := _key(span)) in self.ids:
            self._note("claimed", run, one)

    def stands_above(self, span: str) -> bool:
        """Whether a call below it is counted."""
        return _key(span) in self._notes["above"]

    def is_billed(self, span: str) -> bool:
        """Whether it was billed, and that was not taken back; also when nobody can tell."""
        one = _key(span)
        return self._unsure or (one in self._notes["billed"] and one not in self._notes["above"])

    def rise(self, run: str, span: str, parent: str, *, same_as: str = "") -> list[str]:
        """Note what stands above a counted call; returns what of it had been billed.

        Args:
            run: whose call it is.
            span: the call, or what is known to stand above one.
            parent: what it hangs on.
            same_as: a span that reports this very call, and may stand above it.
        """
        above, billed = self._notes["above"], self._notes["billed"]
        wrong: list[str] = []
        for one in self._climb(_key(span), _key(parent), _key(same_as) if same_as else NOBODY):
            if one in above or (one in billed and one in self._notes["claimed"]):
                continue
            if one in billed:
                wrong.append(one.hex())
            if one in billed or one not in self.ids:
                self._note("above", run, one)
            above.add(one)
        return wrong

    def _note(self, name: str, run: str, one: bytes) -> None:
        if one not in self._notes[name]:
            self._notes[name].add(one)
            self._fresh_notes[name, run] += one

    def _climb(self, start: bytes, parent: bytes, end: bytes) -> list[bytes]:
        """The spans above, as far as they are known; nobody stands above where they form a circle."""
        way: list[bytes] = []
        while parent not in (NOBODY, end) and len(way) < ABOVE_MAX:
            if parent == start or parent in way:
                return []
            way.append(parent)
            parent = self._parent_of(parent)
        return way

    def _parent_of(self, one: bytes) -> bytes:
        for parents in self._parents.values():
            if one in parents:
                return parents[one]
        return NOBODY

    def missing(self) -> Mapping[str, Mapping[str, int]]:
        """By run: parents that never came, each with how many spans hang on it; nothing when it is full."""
        found: dict[str, dict[str, int]] = {}
        for run, parents in self._parents.items() if not self.full else ():
            absent = set(parents.values()) - self.ids - {NOBODY}
            if absent:
                hanging = Counter(parent for parent in parents.values() if parent in absent)
                found[run] = {parent.hex(): count for parent, count in hanging.items()}
        return found

    def fresh(self) -> Iterator[tuple[Any, ...]]:
        """What came now, as `keep` takes it."""
        for run, entries in self._fresh.items():
            noted = (bytes(self._fresh_notes.get((name, run), b"")) for name in NOTED)
            yield run, self._parts.get(run, 0), bytes(entries), *noted


async def load_seen(connection: AsyncConnection, traces: Iterable[str]) -> dict[str, Seen]:
    """What was counted of these traces; empty for those that are new."""
    found = {trace: Seen() for trace in traces}
    columns = [seen_spans.c[name] for name in ("trace", *PART)]
    for some in chunks(found):
        query = sa.select(*columns).where(seen_spans.c.trace.in_(some))
        for trace, *part in await connection.execute(query):
            found[trace].keep(*part)
    return found


async def save_seen(connection: AsyncConnection, seen: Mapping[str, Seen], *, now_ns: int) -> None:
    """Remember what came now."""
    rows: list[dict[str, Any]] = [
        {"trace": trace, "at_ns": now_ns, **dict(zip(PART, fresh, strict=True))}
        for trace, one in seen.items()
        for fresh in one.fresh()
    ]
    if rows:
        await insert_rows(connection, _SAVING, rows)


async def forget_seen(connection: AsyncConnection, before_ns: int) -> None:
    """Forget ids of spans that came before this moment: sent again after that, they count again."""
    await connection.execute(sa.delete(seen_spans).where(seen_spans.c.at_ns < before_ns))
    await connection.execute(
        sa.delete(taken_back).where(taken_back.c.at_ns < before_ns, taken_back.c.amended)
    )


def _key(span: str) -> bytes:
    one = bytes.fromhex(span)
    return one if len(one) == ID_BYTES else one[-ID_BYTES:].rjust(ID_BYTES, b"\0")
