"""Finding runs, spans, decisions and records by one language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec
import sqlalchemy as sa

from holdfast_server.errors import BadQuery
from holdfast_server.insight.search.binding import bind_query
from holdfast_server.insight.search.condition import Condition, Every, Like
from holdfast_server.insight.search.counting import count_values
from holdfast_server.insight.search.engine import Counts, FoundSpans, SpanSearch, Spot
from holdfast_server.insight.search.fields import MAPS, NOUNS, Column, Field, First, NounName, OneOf
from holdfast_server.insight.search.found import (
    Facet,
    Facets,
    FacetValue,
    Found,
    Item,
    Mistake,
    Suggestion,
    Suggestions,
)
from holdfast_server.insight.search.parser import parse_query
from holdfast_server.insight.search.patience import within_patience
from holdfast_server.insight.search.scope import EVERYTHING, Fenced, Scope, fence
from holdfast_server.insight.search.sql import TABLES, Truth, compile_sql
from holdfast_server.insight.search.suggesting import (
    SUGGESTED_MAX,
    Typing,
    find_open,
    find_typing,
    suggest_fields,
    suggest_has,
    suggest_shapes,
)
from holdfast_server.insight.search.syntax import Node, print_query, print_value
from holdfast_server.insight.search.toggling import chosen, toggle, without
from holdfast_server.kit.clock import Clock
from holdfast_server.kit.db import Database
from holdfast_server.kit.paging import Page, PageAsk, read_cursor, write_cursor
from holdfast_server.record.ledger.entry import LedgerEntry
from holdfast_server.record.ledger.log import ServerLedger
from holdfast_server.record.runs.rows import show_step
from holdfast_server.record.runs.run import RunFilter, RunSummary
from holdfast_server.record.runs.runs import Runs
from holdfast_server.record.runs.steps import show_span
from holdfast_server.record.runs.store import filter_runs, read_run, read_step

FACET_VALUES: Final = 10
NAMES_MAX: Final = 500

_ORDER: Final[Mapping[NounName, tuple[str, str]]] = {
    "runs": ("started_ns", "id"),
    "decisions": ("started_ns", "id"),
    "ledger": ("position", "leaf_hash"),
}
"""Newest first by the first column, by the second where they began at once."""


class Search:
    """Finds things by what a person typed."""

    def __init__(
        self,
        *,
        db: Database,
        runs: Runs,
        ledger: ServerLedger,
        spans: SpanSearch,
        clock: Clock,
        scope: Callable[[], Scope] = lambda: EVERYTHING,
    ) -> None:
        self._db, self._runs, self._ledger, self._spans = db, runs, ledger, spans
        self._clock, self._scope = clock, scope

    async def find(self, noun: NounName, q: str, page: PageAsk) -> Found:
        """Some of what a query finds, newest first.

        Raises:
            BadQuery: the query cannot be read, at a column.
            Invalid: finding it took too long.
        """
        asked = self._ask(noun, parse_query(q))
        if noun == "spans":
            items, following = await self._find_spans(asked, page)
        else:
            rows, following = await self._rows(asked, page)
            items = await self._show(noun, rows)
        return Found(noun=noun, items=items, next=following)

    async def list_runs(self, wanted: RunFilter, page: PageAsk) -> Page[RunSummary]:
        """Runs that fit a filter whose text is a query, newest first."""
        asked = self._ask("runs", parse_query(wanted.q))
        others = filter_runs(msgspec.structs.replace(wanted, q=""))
        rows, following = await self._rows(asked, page, also=others)
        return Page(items=await self._runs.show([read_run(row) for row in rows]), next=following)

    async def list_records(self, q: str, page: PageAsk) -> Page[LedgerEntry]:
        """Records of the ledger that a query finds, newest first."""
        rows, following = await self._rows(self._ask("ledger", parse_query(q)), page)
        return Page(items=await self._ledger.show([dict(row) for row in rows]), next=following)

    async def list_spans(
        self, q: str, *, before: Spot | None, limit: int, also: Sequence[str] = ()
    ) -> FoundSpans:
        """Spans that a query finds, newest first, those before a spot when given.

        Raises:
            BadQuery: the query cannot be read, at a column.
            Invalid: finding them took too long.
        """
        asked = self._ask("spans", parse_query(q))
        return await self._spans.find(asked, before=before, limit=limit, also=also)

    async def facets(self, noun: NounName, q: str) -> Facets:
        """How often each value occurs among what a query finds, field by field."""
        query, known = parse_query(q), NOUNS[noun]
        fields = [field for field in known.fields.values() if field.facet]
        named = [field for field in fields if chosen(query, known, field.key)]
        counts = dict(await self._count(self._ask(noun, query), [one for one in fields if one not in named]))
        for field in named:
            counts |= await self._count(self._ask(noun, without(query, known, field.key)), [field])
        return Facets(noun=noun, items=[_facet(query, noun, field, counts[field.key]) for field in fields])

    async def suggest(self, noun: NounName, q: str, at: int) -> Suggestions:
        """Ways to go on at a cursor, and what is wrong with the query so far."""
        typing = find_typing(q, at)
        items = await self._suggest(noun, typing) if typing else []
        start, end = (typing.start, typing.end) if typing else (at, at)
        return Suggestions(start=start, end=end, items=items, mistake=self._mistake(noun, q))

    def check(self, noun: NounName, q: str) -> None:
        """Raise what a search would.

        Raises:
            BadQuery: the query cannot be read, at a column.
        """
        self._ask(noun, parse_query(q))

    def _ask(self, noun: NounName, query: Node, *also: Condition) -> Fenced:
        """Every query passes here on its way to an engine."""
        condition = bind_query(query, NOUNS[noun], now_ns=self._clock())
        return fence(noun, Every((condition, *also)), self._scope())

    async def _rows(
        self, asked: Fenced, page: PageAsk, *, also: Sequence[Truth] = ()
    ) -> tuple[list[sa.RowMapping], str | None]:
        table = TABLES[asked.noun]
        order, name = (table.c[column] for column in _ORDER[asked.noun])
        query = sa.select(table).order_by(order.desc(), name.desc()).limit(page.limit + 1)
        if page.cursor:
            query = query.where(sa.tuple_(order, name) < read_cursor(page.cursor))
        async with self._db.read() as connection, within_patience(connection):
            fits = compile_sql(asked, connection.dialect.name)
            rows = list((await connection.execute(query.where(fits, *also))).mappings())
        more, rows = len(rows) > page.limit, rows[: page.limit]
        return rows, write_cursor(rows[-1][order.name], rows[-1][name.name]) if more else None

    async def _show(self, noun: NounName, rows: Sequence[sa.RowMapping]) -> list[Item]:
        if noun == "runs":
            return list(await self._runs.show([read_run(row) for row in rows]))
        if noun == "decisions":
            return [show_step(read_step(row)) for row in rows]
        return list(await self._ledger.show([dict(row) for row in rows]))

    async def _find_spans(self, asked: Fenced, page: PageAsk) -> tuple[list[Item], str | None]:
        before = read_spot(page.cursor) if page.cursor else None
        found = await self._spans.find(asked, before=before, limit=page.limit)
        following = write_spot(found.next) if found.next else None
        return [show_span(span) for span in found.spans], following

    async def _count(self, asked: Fenced, fields: Sequence[Field], limit: int = FACET_VALUES) -> Counts:
        if asked.noun == "spans":
            return await self._spans.count(asked, fields, limit=limit)
        async with self._db.read() as connection, within_patience(connection):
            return await count_values(connection, asked, fields, limit=limit)

    async def _suggest(self, noun: NounName, typing: Typing) -> list[Suggestion]:
        known = NOUNS[noun]
        room, dot, _ = typing.typed.partition(".")
        if not typing.key and dot and noun == "spans" and room in MAPS:
            names = await self._spans.names(MAPS[room], limit=NAMES_MAX)
            begun = [(f"{room}.{name}:", n) for name, n in names if f"{room}.{name}".startswith(typing.typed)]
            return [Suggestion(text=text, about="", count=n) for text, n in begun[:SUGGESTED_MAX]]
        if not typing.key:
            return suggest_fields(known, typing.typed)
        if typing.key == "has":
            return suggest_has(known, typing.typed)
        field = known.fields.get(known.also.get(typing.key, typing.key))
        shapes = suggest_shapes(field, typing.typed) if field else []
        return shapes or await self._suggest_values(noun, typing)

    async def _suggest_values(self, noun: NounName, typing: Typing) -> list[Suggestion]:
        field = find_open(NOUNS[noun], typing.key)
        if field is None or not isinstance(field.place, Column | First | OneOf):
            return []
        if noun != "spans" and not isinstance(field.place, Column):
            return []
        begun = self._ask(noun, parse_query(""), Like(field, (typing.typed, "")))
        counted = (await self._count(begun, [field], SUGGESTED_MAX))[field.key]
        return [Suggestion(text=print_value(value), about="", count=n) for value, n in counted]

    def _mistake(self, noun: NounName, q: str) -> Mistake | None:
        try:
            self.check(noun, q)
        except BadQuery as error:
            return Mistake(column=error.at + 1, message=error.told, hint=error.hint)
        return None


def _facet(query: Node, noun: NounName, field: Field, counted: Sequence[tuple[str, int]]) -> Facet:
    named = chosen(query, NOUNS[noun], field.key)
    counts = dict.fromkeys(sorted(named), 0) | dict(counted)
    values = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return Facet(
        field=field.key,
        about=field.about,
        values=[
            FacetValue(
                value=value,
                count=n,
                chosen=value in named,
                q=print_query(toggle(query, NOUNS[noun], field.key, value)),
            )
            for value, n in values
        ],
    )


def write_spot(spot: Spot) -> str:
    """A cursor that goes on after a span."""
    return write_cursor(spot[0], f"{spot[1]}/{spot[2]}")


def read_spot(cursor: str) -> Spot:
    """What `write_spot` wrote.

    Raises:
        Invalid: the cursor is not one of ours.
    """
    start, place = read_cursor(cursor)
    trace, _, span = place.partition("/")
    return start, trace, span
