"""What a search answers."""

from __future__ import annotations

from typing import TypeAlias

from holdfast_server.insight.search.fields import Kind, NounName
from holdfast_server.kit.wire import Wire
from holdfast_server.record.ledger.entry import LedgerEntry
from holdfast_server.record.runs.run import RunSummary
from holdfast_server.record.runs.step import Step

Item: TypeAlias = RunSummary | Step | LedgerEntry
"""A run; a decision or a span, which are steps; a record of the ledger."""


class Found(Wire):
    """Some of what a query finds, newest first."""

    noun: NounName
    items: list[Item]
    next: str | None = None
    """Pass as `cursor` for what follows; null at the end."""


class FacetValue(Wire):
    """One value of a field, and how often it occurs among what is found."""

    value: str
    count: int
    chosen: bool
    """Whether the query names it."""
    q: str
    """The query with this value added, or taken away where it is chosen."""


class Facet(Wire):
    """The values of one field, most first; counted as if the query did not test this field."""

    field: str
    about: str
    values: list[FacetValue]


class Facets(Wire):
    """What a search can be narrowed by."""

    noun: NounName
    items: list[Facet]


class Suggestion(Wire):
    """One way to go on."""

    text: str
    """Stands in for what is between `start` and `end`."""
    about: str
    count: int | None = None
    """How often it occurs, where that is known."""


class Mistake(Wire):
    """Why a text is no query."""

    column: int
    """From 1."""
    message: str
    hint: str


class Suggestions(Wire):
    """Ways to go on at the cursor, and what is wrong so far."""

    start: int
    end: int
    items: list[Suggestion]
    mistake: Mistake | None


class FieldView(Wire):
    """One thing a query may name."""

    key: str
    kind: Kind
    about: str
    choices: list[str]


class NounView(Wire):
    """One kind of thing that is searched, with its fields."""

    noun: NounName
    about: str
    fields: list[FieldView]
    free_text: list[str]
    """The fields that words without a key are looked for in."""


class NounList(Wire):
    """Everything that can be searched."""

    items: list[NounView]
