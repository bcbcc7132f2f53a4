"""Searching the engines that keep spans."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from holdfast_server.adapters.spans.clickhouse import COLUMNS, ClickHouseSpans, read_span
from holdfast_server.adapters.spans.memory import MemorySpans
from holdfast_server.errors import Unavailable
from holdfast_server.insight.search.clickhouse import Compiled, expression
from holdfast_server.insight.search.engine import SECONDS_MAX, Counts, FoundSpans, Spot
from holdfast_server.insight.search.evaluate import Row, fits, values_of
from holdfast_server.insight.search.fields import Field
from holdfast_server.insight.search.patience import too_long
from holdfast_server.insight.search.scope import Fenced
from holdfast_server.record.spans.span import Span

SAMPLED: Final = 20_000
"""How many of the newest spans are asked for the names of their attributes."""
REPEATED: Final = 3
"""How many versions of a span may stand in unmerged blocks before a page is shorter than it could be."""
TOO_LONG: Final = "TIMEOUT_EXCEEDED"
SETTINGS: Final = {
    "max_execution_time": SECONDS_MAX,
    # As many words may have the one that is looked for as a part; beyond it the texts themselves are read.
    "text_index_like_max_postings_to_read": 5_000,
}
_MINUTE: Final = "intDiv(start_ns, 60000000000)"
# The first column is that of the table's order, read backwards until there is enough.
_FIND: Final = f"""
SELECT start_ns, trace_id, span_id FROM {{spans}} WHERE __where__
ORDER BY {_MINUTE} DESC, start_ns DESC, trace_id DESC, span_id DESC LIMIT {{most:UInt32}}
"""  # noqa: S608  # here and below: names of our own; every value is bound
_BEFORE: Final = (
    f"{_MINUTE} <= intDiv({{start:UInt64}}, 60000000000)"
    " AND (start_ns, trace_id, span_id) < ({start:UInt64}, {trace:String}, {span:String})"
)
# What was written last stands, and it alone decides whether the span fits.
_READ: Final = f"""
SELECT {", ".join(COLUMNS)} FROM (
  SELECT * FROM {{spans}}
  WHERE {_MINUTE} IN {{minutes:Array(UInt64)}} AND trace_id IN {{traces:Array(String)}}
    AND span_id IN {{ids:Array(String)}}
  ORDER BY version DESC LIMIT 1 BY trace_id, span_id
) WHERE __where__
"""  # noqa: S608
_COUNT: Final = """
SELECT __place__, __value__ AS value, count() AS n FROM {spans} WHERE __where__ AND __value__ != ''
GROUP BY value ORDER BY n DESC, value LIMIT {most:UInt32}
"""
_NAMES: Final = f"""
SELECT arrayJoin(mapKeys(__room__)) AS name, count() AS n
FROM (SELECT __room__ FROM {{spans}} ORDER BY {_MINUTE} DESC LIMIT {{sampled:UInt32}})
GROUP BY name ORDER BY n DESC, name LIMIT {{most:UInt32}}
"""  # noqa: S608


class ClickHouseSearch:
    """Searches spans in ClickHouse."""

    def __init__(self, spans: ClickHouseSpans) -> None:
        self._spans = spans

    async def find(self, asked: Fenced, *, before: Spot | None, limit: int) -> FoundSpans:
        """The spans that fit, newest first: where they stand, by narrow columns, then they themselves."""
        compiled = Compiled(asked)
        # A span that was written twice stands there twice until its blocks are merged.
        spots = await self._spots(compiled, before, limit * REPEATED)
        unique = list(dict.fromkeys(spots))[:limit]
        if not unique:
            return FoundSpans([], None)
        more = spots[-1] != unique[-1] or len(spots) == limit * REPEATED
        parameters = compiled.parameters | {
            "minutes": sorted({start // 60_000_000_000 for start, _, _ in unique}),
            "traces": sorted({trace for _, trace, _ in unique}),
            "ids": sorted({span for _, _, span in unique}),
        }
        rows = await self._ask(_READ.replace("__where__", compiled.where), parameters)
        found = {place_of(span): span for span in map(read_span, rows)}
        return FoundSpans([found[spot] for spot in unique if spot in found], unique[-1] if more else None)

    async def count(self, asked: Fenced, fields: Sequence[Field], *, limit: int) -> Counts:
        """How often each value occurs, a field after the other in one statement."""
        compiled = Compiled(asked)
        each = _COUNT.replace("__where__", compiled.where)
        statements = [
            each.replace("__place__", str(place)).replace("__value__", f"toString({expression(field)})")
            for place, field in enumerate(fields)
        ]
        sql = " UNION ALL ".join(f"({statement})" for statement in statements)
        rows = await self._ask(sql, {**compiled.parameters, "most": limit}) if fields else ()
        counted: dict[int, list[tuple[str, int]]] = {}
        for place, value, n in sorted(rows, key=lambda row: (row[0], -row[2], row[1])):
            counted.setdefault(place, []).append((value, n))
        return {field.key: counted.get(place, []) for place, field in enumerate(fields)}

    async def names(self, room: str, *, limit: int) -> Sequence[tuple[str, int]]:
        """What keys the newest spans have."""
        sql = _NAMES.replace("__room__", _room(room))
        rows = await self._ask(sql, {"sampled": SAMPLED, "most": limit})
        return [(name, n) for name, n in rows]

    async def _spots(self, compiled: Compiled, before: Spot | None, limit: int) -> list[Spot]:
        where = f"{compiled.where} AND {_BEFORE}" if before else compiled.where
        start, trace, span = before or (0, "", "")
        parameters = {**compiled.parameters, "most": limit, "start": start, "trace": trace, "span": span}
        rows = await self._ask(_FIND.replace("__where__", where), parameters)
        return [(start, trace, span) for start, trace, span in rows]

    async def _ask(self, sql: str, parameters: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        try:
            return await self._spans.query(sql, parameters, SETTINGS)
        except Unavailable as error:
            if TOO_LONG in error.message:
                raise too_long() from error
            raise


class MemorySearch:
    """Searches spans that are kept in memory, one by one."""

    def __init__(self, spans: MemorySpans) -> None:
        self._spans = spans

    async def find(self, asked: Fenced, *, before: Spot | None, limit: int) -> FoundSpans:
        """The spans that fit, newest first."""
        fit = (span for span in self._spans.all() if fits(_row(span), asked))
        places = sorted((span for span in fit if before is None or place_of(span) < before), key=place_of)
        found = places[::-1][:limit]
        return FoundSpans(found, place_of(found[-1]) if len(places) > len(found) else None)

    async def count(self, asked: Fenced, fields: Sequence[Field], *, limit: int) -> Counts:
        """How often each value occurs."""
        rows = [row for row in map(_row, self._spans.all()) if fits(row, asked)]
        return {
            field.key: _most(Counter(str(value) for row in rows for value in values_of(row, field)), limit)
            for field in fields
        }

    async def names(self, room: str, *, limit: int) -> Sequence[tuple[str, int]]:
        """What keys the spans have."""
        return _most(Counter(name for span in self._spans.all() for name in _row(span)[_room(room)]), limit)


def place_of(span: Span) -> Spot:
    """Where a span stands in a list."""
    return span.start_ns, span.trace_id, span.span_id


def _row(span: Span) -> Row:
    return msgspec.structs.asdict(span)


def _most(counter: Counter[str], limit: int) -> list[tuple[str, int]]:
    counter.pop("", None)
    return sorted(counter.items(), key=lambda one: (-one[1], one[0]))[:limit]


def _room(room: str) -> str:
    return {"attributes": "attributes", "resource": "resource"}[room]
