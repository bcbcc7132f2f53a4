"""Searching the engines that keep spans."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from holdfast_server.adapters.spans.clickhouse import ClickHouseSpans
from holdfast_server.adapters.spans.days import begin_of
from holdfast_server.adapters.spans.memory import MemorySpans
from holdfast_server.errors import Unavailable
from holdfast_server.insight.search.binding import LETTERS_MIN
from holdfast_server.insight.search.clickhouse import Compiled, expression
from holdfast_server.insight.search.engine import SECONDS_MAX, Counts, FoundSpans, Spot
from holdfast_server.insight.search.evaluate import Row, fits, values_of
from holdfast_server.insight.search.fields import Field
from holdfast_server.insight.search.patience import too_long
from holdfast_server.insight.search.scope import Fenced
from holdfast_server.record.spans.span import Span

LISTED: Final = (
    "trace_id",
    "span_id",
    "parent_id",
    "start_ns",
    "end_ns",
    "name",
    "step_kind",
    "status",
    "status_message",
    "run",
    "session",
    "agent",
    "agent_version",
    "person",
    "service",
    "target",
    "provider",
    "model",
    "tokens_in",
    "tokens_out",
    "cost_micro_usd",
    "billed",
)
"""What a list shows of a span: everything but its content, which is most of what must be read."""
SAMPLED: Final = 20_000
"""How many of the newest spans are asked for the names of their attributes."""
SPARE: Final = 32
"""Versions of one span that may stand in unmerged blocks before a page is shorter than it could be."""
SLICE: Final = 50_000
GROWTH: Final = 4
"""The newest days with so many spans are searched first, then so many times as many, and so on."""
END_NS: Final = 2**63
TOO_LONG: Final = "TIMEOUT_EXCEEDED"
SETTINGS: Final = {
    "max_execution_time": SECONDS_MAX,
    # As many words may have the one that is looked for as a part; beyond it the texts themselves are read.
    "text_index_like_max_postings_to_read": 5_000,
    "text_index_like_min_pattern_length": LETTERS_MIN,
}
_MINUTE: Final = "intDiv(start_ns, 60000000000)"
_DAYS: Final = """
SELECT toUInt32(partition) AS day, sum(rows) FROM system.parts
WHERE active AND database = {database:String} AND table = 'spans' GROUP BY day ORDER BY day DESC
"""
# The first column is that of the table's order, read backwards until there is enough.
_FIND: Final = f"""
SELECT start_ns, trace_id, span_id, version FROM {{spans}}
WHERE start_ns >= {{since:UInt64}} AND start_ns < {{until:UInt64}} AND __where__
ORDER BY {_MINUTE} DESC, start_ns DESC, trace_id DESC, span_id DESC, version DESC LIMIT {{most:UInt32}}
"""  # noqa: S608  # here and below: names of our own; every value is bound
_BEFORE: Final = (
    f"{_MINUTE} <= intDiv({{start:UInt64}}, 60000000000)"
    " AND (start_ns, trace_id, span_id) < ({start:UInt64}, {trace:String}, {span:String})"
)
_READ: Final = f"""
SELECT __columns__, version FROM {{spans}}
PREWHERE {_MINUTE} IN {{minutes:Array(UInt64)}} AND span_id IN {{ids:Array(String)}}
WHERE trace_id IN {{traces:Array(String)}}
ORDER BY version DESC LIMIT 1 BY trace_id, span_id
"""  # noqa: S608
# One pass over what fits; each value stands in the row of its own field, `place` says in whose.
_COUNT: Final = """
SELECT place, value, n FROM (
  SELECT grouping(__names__) AS place, concat(__names__) AS value, count() AS n
  FROM (SELECT __values__ FROM {spans} WHERE __where__) GROUP BY GROUPING SETS (__sets__)
) WHERE value != '' ORDER BY place, n DESC, value LIMIT {most:UInt32} BY place
"""
_NAMES: Final = f"""
SELECT arrayJoin(mapKeys(__room__)) AS name, count() AS n
FROM (SELECT __room__ FROM {{spans}} ORDER BY {_MINUTE} DESC LIMIT {{sampled:UInt32}})
GROUP BY name ORDER BY n DESC, name LIMIT {{most:UInt32}}
"""  # noqa: S608


class ClickHouseSearch:
    """Searches spans in ClickHouse."""

    def __init__(self, spans: ClickHouseSpans, *, slice_spans: int = SLICE) -> None:
        self._spans, self._slice = spans, slice_spans

    async def find(
        self, asked: Fenced, *, before: Spot | None, limit: int, also: Sequence[str] = ()
    ) -> FoundSpans:
        """The spans that fit, newest first: where they stand, then what a list shows of them."""
        compiled = Compiled(asked)
        rows = await self._spots(compiled, before, limit + SPARE)
        fitting: dict[Spot, int] = {}
        for start, trace, span, version in rows:
            fitting.setdefault((start, trace, span), version)  # the first of several is the newest that fits
        unique = list(fitting)[:limit]
        if not unique:
            return FoundSpans([], None)
        more = rows[-1][:3] != unique[-1] or len(rows) == limit + SPARE
        newest = await self._read(unique, (*LISTED, *also))
        # What was written last stands, and it alone decides whether the span fits.
        found = [newest[spot][0] for spot in unique if spot in newest and newest[spot][1] == fitting[spot]]
        return FoundSpans(found, unique[-1] if more else None)

    async def count(self, asked: Fenced, fields: Sequence[Field], *, limit: int) -> Counts:
        """How often each value occurs, every field in one pass."""
        if not fields:
            return {}
        compiled = Compiled(asked)
        names = [f"v{place}" for place in range(len(fields))]
        values = (
            f"toString({expression(field)}) AS {name}" for field, name in zip(fields, names, strict=True)
        )
        sql = _COUNT.replace("__names__", ", ".join(names)).replace("__values__", ", ".join(values))
        sql = sql.replace("__sets__", ", ".join(f"({name})" for name in names))
        sql = sql.replace("__where__", compiled.where)
        rows = await self._ask(sql, {**compiled.parameters, "most": limit})
        counted: dict[int, list[tuple[str, int]]] = {}
        for place, value, n in rows:
            counted.setdefault(place, []).append((value, n))
        # `grouping` has a bit for each field that a row does not speak of, the last field's the lowest.
        whole, last = 2 ** len(fields) - 1, len(fields) - 1
        return {field.key: counted.get(whole - 2 ** (last - place), []) for place, field in enumerate(fields)}

    async def names(self, room: str, *, limit: int) -> Sequence[tuple[str, int]]:
        """What keys the newest spans have."""
        sql = _NAMES.replace("__room__", _room(room))
        rows = await self._ask(sql, {"sampled": SAMPLED, "most": limit})
        return [(name, n) for name, n in rows]

    async def _spots(
        self, compiled: Compiled, before: Spot | None, limit: int
    ) -> list[tuple[int, str, str, int]]:
        where = f"{compiled.where} AND {_BEFORE}" if before else compiled.where
        start, trace, span = before or (END_NS, "", "")
        sql = _FIND.replace("__where__", where)
        bound = {**compiled.parameters, "start": start, "trace": trace, "span": span}
        days = await self._ask(_DAYS, {"database": self._spans.database})
        found: list[tuple[int, str, str, int]] = []
        for since, until in slices(days, self._slice):
            if len(found) < limit and since <= start:
                window = {"since": since, "until": until, "most": limit - len(found)}
                found += [(*row,) for row in await self._ask(sql, bound | window)]
        return found

    async def _read(self, spots: Sequence[Spot], columns: Sequence[str]) -> dict[Spot, tuple[Span, int]]:
        """The newest version of each span, as far as these columns tell."""
        parameters = {
            "minutes": sorted({start // 60_000_000_000 for start, _, _ in spots}),
            "traces": sorted({trace for _, trace, _ in spots}),
            "ids": sorted({span for _, _, span in spots}),
        }
        rows = await self._ask(_READ.replace("__columns__", ", ".join(columns)), parameters)
        spans = [(_listed(columns, values), version) for *values, version in rows]
        return {place_of(span): (span, version) for span, version in spans}

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

    async def find(
        self, asked: Fenced, *, before: Spot | None, limit: int, also: Sequence[str] = ()
    ) -> FoundSpans:
        """The spans that fit, newest first, whole."""
        del also
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


def slices(days: Iterable[Sequence[int]], enough: int) -> Iterator[tuple[int, int]]:
    """All of time in slices, from when until when, newest first; of days and how many spans they have.

    The engine asks the index of everything before it reads a row. Of slices that grow, a word that is often
    said needs the first alone. A slice is whole partitions, so that none is asked about twice.
    """
    until, spans = END_NS, 0
    for day, more in days:
        spans += more
        if spans >= enough and (since := begin_of(day)):
            yield since, until
            until, spans, enough = since, 0, enough * GROWTH
    yield 0, until


def _listed(columns: Sequence[str], values: Sequence[Any]) -> Span:
    return msgspec.convert(dict(zip(columns, values, strict=True)), Span)


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
