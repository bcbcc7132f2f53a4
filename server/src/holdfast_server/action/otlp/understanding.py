"""What attributes say, in whichever dialect: one pass, one look-up each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from holdfast_server.action.otlp.dialects.lookup import ENTRIES, RANKS, find_entry
from holdfast_server.action.otlp.dialects.shapes import shape_of

Values = Mapping[str, Any]
RESOURCE_FIELDS: Final = frozenset(
    {
        "agent",
        "service",
        "session",
        "person",
        "team",
        "customer",
        "release",
        "environment",
        "tags",
        "workflow",
    }
)
"""Fields that whoever sends may say once for all of its spans."""


class Understood(msgspec.Struct, gc=False):
    """What is known of a span after its attributes were read."""

    known: dict[str, Any]
    """Field → value, from the attribute that is believed first."""
    sources: dict[str, str]
    """Field → the name of that attribute."""
    ranks: dict[str, int]
    dialects: int
    """A bit for each dialect that had a word in it."""
    strange: tuple[str, ...]
    parts: dict[str, dict[int, dict[str, Any]]] | None
    """Side → number → the rest of the name → value, for messages written as numbered attributes."""

    def dialect_of(self, field: str) -> int:
        """The place of the dialect that filled a field."""
        return self.ranks[field] // RANKS


def understand(said: Values) -> Understood:
    """Read attributes; what no table lists is named, and nothing is thrown away here.

    What a set of names comes to is known from the last time, as long as each of them says something.
    """
    shape = shape_of(tuple(said))
    values = shape.pick(said) if shape.whole else ()
    if not shape.whole or None in values or "" in values:
        return understand_each(said)
    known: dict[str, Any] = dict(zip(shape.fields, values, strict=False))
    if shape.words is not None:
        word = str(known["operation"]).lower()
        if (meant := _meaning(shape.words, word)) is None:
            return understand_each(said)
        known["operation"] = meant
    return Understood(known, shape.sources, shape.ranks, shape.dialects, shape.strange, None)


def _meaning(words: Mapping[str, str], word: str) -> str | None:
    return words.get(word) or words.get(word.partition(" ")[0]) or words.get("*")


def understand_each(said: Values) -> Understood:
    """Name by name: what `understand` knows a shorter way to."""
    known: dict[str, Any] = {}
    sources: dict[str, str] = {}
    ranks: dict[str, int] = {}
    strange: list[str] = []
    parts: dict[str, dict[int, dict[str, Any]]] | None = None
    dialects = 0
    for name, value in said.items():
        field, rank, words, nothing, part, understood = ENTRIES.get(name) or find_entry(name)
        if field:
            if value is None or value == "" or (nothing and str(value) in nothing):
                continue
            if words is not None:
                word = str(value).lower()
                meant = _meaning(words, word)
                if meant is None:
                    known.setdefault("word", word)
                    continue
            else:
                meant = value
            dialects |= 1 << rank // RANKS
            if rank < ranks.get(field, _LAST):
                known[field], sources[field], ranks[field] = meant, name, rank
        elif part is not None:
            side, number, rest, _ = part
            parts = {} if parts is None else parts
            parts.setdefault(side, {}).setdefault(number, {})[rest] = value
            dialects |= 1 << rank // RANKS
        elif not understood:
            strange.append(name)
    return Understood(known, sources, ranks, dialects, tuple(strange), parts)


def understand_resource(said: Values) -> dict[str, Any]:
    """The fields that a resource fills for all of its spans."""
    known = understand(said).known
    return {field: value for field, value in known.items() if field in RESOURCE_FIELDS}


_LAST: Final = 1_000_000
