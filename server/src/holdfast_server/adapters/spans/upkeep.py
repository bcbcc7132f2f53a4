"""What an engine does with spans after they are stored, and when: it waits while storing is behind.

Indexing and merging together cost as much as storing. A large block means that more is waiting: until there
is rest, blocks come without the indexes that only search asks, and an engine in this process begins no merge,
for a minute at most.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

INDEXES: Final = ("ix_words", "ix_attribute_names", "ix_attributes", "ix_resource")
"""What no page but search asks; migrations/spans/0004 and 0006."""
AT_ONCE: Final = 6_000
"""Spans of a block whose indexes are made with it: that costs half as much again as storing them.

Those of larger blocks are made when blocks are merged, or at rest; until then the texts themselves are read.
"""
CATCHING_UP_S: Final = 60.0
"""Between two times that late blocks are indexed: each time every block of a day is looked through."""
MERGELESS_S: Final = 60.0
"""So long at most no merge begins, and then they may for as long: without them parts pile up."""
LATE_DAYS: Final = """
SELECT DISTINCT partition FROM system.parts
WHERE active AND database = {database:String} AND table = 'spans'
  AND level = 0 AND data_version = min_block_number
"""
"""Days with blocks that were neither merged nor indexed since they were written."""
_LATER: Final = {"exclude_materialize_skip_indexes_on_insert": ", ".join(INDEXES)}
_AT_ONCE: Final[Mapping[str, Any]] = {}
_SIZES: Final = ("max_bytes_to_merge_at_max_space_in_pool", "max_bytes_to_merge_at_min_space_in_pool")


class Upkeep:
    """Says when, in statements; who writes asks it before each block, and at rest."""

    def __init__(self, table: str, *, holds_merges: bool) -> None:
        self._table, self._holds_merges = table, holds_merges
        self._held = holds_merges
        """Whether merges wait: at first they may, if the process before was killed while they did."""
        self._held_since = math.inf
        self._hold_after = self._index_after = 0.0
        self._late = True
        """Whether blocks may wait for their indexes: at first, those of the process before."""

    def before(self, spans: int) -> Iterator[str]:
        """What to do before a block of so many spans."""
        now, large = time.monotonic(), spans > AT_ONCE
        self._late |= large
        if self._held and now - self._held_since > MERGELESS_S:
            yield from self.let_merge()
        elif large and self._holds_merges and not self._held and now >= self._hold_after:
            self._held, self._held_since = True, now
            yield f"ALTER TABLE {self._table} MODIFY SETTING {', '.join(f'{size} = 1' for size in _SIZES)}"

    def let_merge(self) -> Iterator[str]:
        """Let merges begin, if they waited."""
        if self._held:
            now = time.monotonic()
            self._held, self._hold_after = False, now + now - self._held_since
            yield f"ALTER TABLE {self._table} RESET SETTING {', '.join(_SIZES)}"

    def is_late(self) -> bool:
        """Whether there may be blocks to index now."""
        return self._late and time.monotonic() >= self._index_after

    def index(self, days: Sequence[str]) -> Iterator[str]:
        """Begin to make what is missing; blocks that have their indexes are not read."""
        self._late = False
        made = ", ".join(f"MATERIALIZE INDEX {name} IN PARTITION {{day}}" for name in INDEXES)
        for day in days:
            if day.isdigit():
                self._index_after = time.monotonic() + CATCHING_UP_S
                yield f"ALTER TABLE {self._table} {made.format(day=day)}"


def when_to_index(spans: int) -> Mapping[str, Any]:
    """When a block of so many spans is indexed, as settings of its insert."""
    return _AT_ONCE if spans <= AT_ONCE else _LATER
