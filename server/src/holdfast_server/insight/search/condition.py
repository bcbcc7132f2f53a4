"""A query that is understood: fields instead of names, numbers instead of texts. What engines compile.

A condition is true or false of a row, never unknown: what a row does not know makes the test false and its
negation true.
"""

from __future__ import annotations

import json
from typing import TypeAlias

import msgspec

from holdfast_server.insight.search.fields import Field

Parts: TypeAlias = tuple[str, ...]
"""A pattern, cut at its asterisks: `("ref", "")` is `ref*`. One part alone is no pattern."""


class Equals(msgspec.Struct, frozen=True):
    """The field has this value."""

    field: Field
    value: str | bool


class Like(msgspec.Struct, frozen=True):
    """The field, from its first letter to its last, fits the pattern."""

    field: Field
    parts: Parts


class Holds(msgspec.Struct, frozen=True):
    """One of the fields has these parts somewhere, in this order; A to Z are the same as a to z."""

    fields: tuple[Field, ...]
    parts: Parts


class Mentions(msgspec.Struct, frozen=True):
    """A span says this word, in lower case, in one of the texts that free text is looked for in."""

    word: str
    whole: bool
    """Whether it is a whole word; otherwise it may be a part of one."""


class Within(msgspec.Struct, frozen=True):
    """The field lies between; an end that is None is open."""

    field: Field
    low: int | float | None = None
    high: int | float | None = None
    low_in: bool = True
    """Whether the lower end belongs to it."""
    high_in: bool = False


class Has(msgspec.Struct, frozen=True):
    """The field says something: a text that is not empty, a number above zero, a known price."""

    field: Field


class Negated(msgspec.Struct, frozen=True):
    """What does not fit."""

    of: Condition


class Every(msgspec.Struct, frozen=True):
    """What fits each of these; without any, everything does."""

    of: tuple[Condition, ...] = ()


class Either(msgspec.Struct, frozen=True):
    """What fits one of these; without any, nothing does."""

    of: tuple[Condition, ...] = ()


Condition: TypeAlias = Equals | Like | Holds | Mentions | Within | Has | Negated | Every | Either


def fold(text: str) -> str:
    """A to Z as a to z and nothing else, which is what every engine can do alike."""
    return text.translate(_LOWER)


def as_json(text: str) -> str:
    """A text as it stands within a JSON document that is kept as text."""
    return fold(json.dumps(text)[1:-1])


_LOWER = {ord(letter): letter.lower() for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
