"""Letting days of spans go, in the engines that keep them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from holdfast_server.adapters.spans.clickhouse import ClickHouseSpans
from holdfast_server.adapters.spans.memory import MemorySpans
from holdfast_server.kit.wire import NS_PER_S
from holdfast_server.record.retention.days import LONG_VALUE
from holdfast_server.record.retention.rule import StoredDay
from holdfast_server.record.spans.log import Log
from holdfast_server.record.spans.span import Span

OLD_NS: Final = 1_577_836_800 * NS_PER_S
OLD: Final = 19_700_101
"""Everything that began before 2020 is one day."""
_DAYS: Final = """
SELECT toUInt32(partition) AS day, sumIf(rows, table = 'spans'), sum(bytes_on_disk)
FROM system.parts WHERE active AND database = {database:String} AND table IN ('spans', 'logs')
GROUP BY day ORDER BY day
"""
_SHORT_ATTRIBUTES: Final = f"mapFilter((k, v) -> length(v) <= {LONG_VALUE}, attributes)"
_EMPTY: Final = {
    "spans": "input = '', output = '', status_message = '', events = '[]', linked = '', "
    f"attributes = {_SHORT_ATTRIBUTES}",
    "logs": f"body = '', attributes = {_SHORT_ATTRIBUTES}",
}


class ClickHouseDays:
    """Drops partitions; a day of which something is held is rewritten without the rest."""

    def __init__(self, spans: ClickHouseSpans) -> None:
        self._spans = spans

    async def list_days(self) -> Sequence[StoredDay]:
        """The partitions."""
        rows = await self._spans.query(_DAYS, {"database": self._spans.database})
        return [StoredDay(day=day, spans=spans, bytes=size) for day, spans, size in rows]

    async def drop_day(self, day: int, *, but: Collection[str]) -> None:
        """Drop the partition, or delete what nobody holds."""
        for table in _EMPTY:
            what = f"DELETE IN PARTITION {day:d} WHERE {_free(but)}" if but else f"DROP PARTITION {day:d}"
            await self._alter(table, what)

    async def empty_day(self, day: int, *, but: Collection[str]) -> None:
        """Rewrite the columns that hold content."""
        for table, columns in _EMPTY.items():
            await self._alter(table, f"UPDATE {columns} IN PARTITION {day:d} WHERE {_free(but)}")

    async def _alter(self, table: str, what: str) -> None:
        sync = " SETTINGS mutations_sync = 1" if "PARTITION" in what and not what.startswith("DROP") else ""
        await self._spans.command(f"ALTER TABLE {self._spans.database}.{table} {what}{sync}")


def _free(but: Collection[str]) -> str:
    """The condition that nobody holds it; ids of traces are hex, and nothing else gets into the statement."""
    held = sorted(one for one in but if one.isalnum())
    listed = ", ".join(f"'{one}'" for one in held)
    return f"trace_id NOT IN ({listed})" if held else "1"


class MemoryDays:
    """Forgets spans."""

    def __init__(self, spans: MemorySpans) -> None:
        self._spans = spans

    async def list_days(self) -> Sequence[StoredDay]:
        """The days there are."""
        counts: dict[int, int] = {}
        for trace in self._spans.traces.values():
            for span in trace.values():
                day = day_of(span.start_ns)
                counts[day] = counts.get(day, 0) + 1
        return [StoredDay(day=day, spans=counts[day], bytes=0) for day in sorted(counts)]

    async def drop_day(self, day: int, *, but: Collection[str]) -> None:
        """Forget the day's spans."""
        for name, trace in self._spans.traces.items():
            if name not in but:
                for span in [one for one in trace.values() if day_of(one.start_ns) == day]:
                    del trace[span.span_id]
        self._spans.logs[:] = [
            one for one in self._spans.logs if one.trace_id in but or day_of(one.at_ns) != day
        ]

    async def empty_day(self, day: int, *, but: Collection[str]) -> None:
        """Forget what was said."""
        for name, trace in self._spans.traces.items():
            if name not in but:
                trace.update(
                    {one: _emptied(span) for one, span in trace.items() if day_of(span.start_ns) == day}
                )
        self._spans.logs[:] = [
            one if one.trace_id in but or day_of(one.at_ns) != day else _emptied_log(one)
            for one in self._spans.logs
        ]


def day_of(ns: int) -> int:
    """The day in which a moment lies, as a number."""
    return OLD if ns < OLD_NS else int(datetime.fromtimestamp(ns // NS_PER_S, UTC).strftime("%Y%m%d"))


def begin_of(day: int) -> int:
    """When a day begins that `day_of` may answer; the one of all that is old, at the beginning of time."""
    if day == OLD:
        return 0
    return int(datetime.strptime(f"{day}+0000", "%Y%m%d%z").timestamp()) * NS_PER_S


def _emptied(span: Span) -> Span:
    short = {name: value for name, value in span.attributes.items() if len(value) <= LONG_VALUE}
    return msgspec.structs.replace(
        span, input="", output="", status_message="", events="[]", linked="", attributes=short
    )


def _emptied_log(log: Log) -> Log:
    short = {name: value for name, value in log.attributes.items() if len(value) <= LONG_VALUE}
    return msgspec.structs.replace(log, body="", attributes=short)
