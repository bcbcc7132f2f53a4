"""When the indexes that search asks are made: with a block of spans, or after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

INDEXES: Final = ("ix_words", "ix_attribute_names", "ix_attributes", "ix_resource")
"""What no page but search asks; migrations/spans/0004 and 0006."""
AT_ONCE: Final = 6_000
"""Spans of a block whose indexes are made with it.

That costs half as much again as storing them. Larger blocks come while storing is behind: theirs are made
when blocks are merged, or once a small block comes; until then the texts themselves are read.
"""
CATCHING_UP_S: Final = 60.0
"""Between two times that late blocks are indexed: blocks of a busy machine are large and small by turns."""
LATE_DAYS: Final = """
SELECT DISTINCT partition FROM system.parts
WHERE active AND database = {database:String} AND table = 'spans'
  AND level = 0 AND data_version = min_block_number
"""
"""Days with blocks that were neither merged nor indexed since they were written."""
_LATER: Final = {"exclude_materialize_skip_indexes_on_insert": ", ".join(INDEXES)}
_AT_ONCE: Final[Mapping[str, Any]] = {}


def when_to_index(spans: int) -> Mapping[str, Any]:
    """When a block of so many spans is indexed, as settings of its insert."""
    return _AT_ONCE if spans <= AT_ONCE else _LATER


def index_days(table: str, days: Sequence[str]) -> list[str]:
    """Statements that begin to make what is missing; blocks that have their indexes are not read."""
    made = ", ".join(f"MATERIALIZE INDEX {name} IN PARTITION {{day}}" for name in INDEXES)
    return [f"ALTER TABLE {table} {made.format(day=day)}" for day in days if day.isdigit()]
