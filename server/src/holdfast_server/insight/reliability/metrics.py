"""How well agents do, out of the books: ratios with intervals, latency, loops, by agent or version."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final, Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.insight.costs.period import Every, Period
from holdfast_server.insight.reliability.fallback import look_for_fallback
from holdfast_server.insight.reliability.intervals import latency, ratio
from holdfast_server.insight.reliability.view import Conduct, Metric, RatePoint, RateSeries, Reliability
from holdfast_server.kit.clock import Clock
from holdfast_server.kit.db import Database
from holdfast_server.kit.paging import PageAsk, read_name_cursor, write_cursor
from holdfast_server.kit.wire import at
from holdfast_server.record.books.tables import CONDUCT_SUMS, SLOT_NS, conduct, latencies
from holdfast_server.record.outcomes.judging import Judged
from holdfast_server.record.runs.tables import runs

By = Literal["agent", "version"]
Key = tuple[str, str]
ROWS_MAX: Final = 50_000

RATIOS: Final[dict[Metric, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "tool_success": (("tools_done",), ("tools_failed",)),
    "model_success": (("models_done",), ("models_failed",)),
    "postconditions": (("confirmed",), ("contradicted", "unknown")),
}
"""Which counters are good and which are bad."""


class Who(msgspec.Struct, frozen=True):
    """Only this agent, and this version of it; empty for all."""

    agent: str = ""
    version: str = ""

    def of(self, columns: Any) -> list[sa.ColumnElement[bool]]:
        """The conditions on a table with such columns."""
        said = ((columns.agent, self.agent), (columns.version, self.version))
        return [column == value for column, value in said if value]


class Found(msgspec.Struct):
    """What was counted of one agent or version."""

    counts: dict[str, int] = {}
    outcomes: dict[str, int] = {}
    model: dict[int, int] = {}
    tool: dict[int, int] = {}


class Metrics:
    """Answers how well agents do."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    async def look(self, by: By, period: Period, who: Who, page: PageAsk) -> Reliability:
        """Every agent, or version, by name."""
        async with self._db.read() as connection:
            found = await _gather(connection, period, who, by=by)
            fallback = await look_for_fallback(connection, period, who.of(runs.c))
        whole = _merge(found)
        keys = sorted(found)
        if page.cursor:
            after = read_name_cursor(page.cursor)
            keys = [key for key in keys if key > after]
        shown = keys[: page.limit]
        return Reliability(
            since=at(period.since_ns),
            until=at(period.until_ns),
            total=_show((who.agent, who.version), whole),
            safe_fallback=fallback,
            items=[_show(key, found[key]) for key in shown],
            next=write_cursor(*shown[-1]) if len(keys) > page.limit else None,
        )

    async def series(self, metric: Metric, every: Every, period: Period, who: Who) -> RateSeries:
        """One metric over time; where nothing was counted stands a gap."""
        buckets = period.buckets(every)
        async with self._db.read() as connection:
            rows = await _over_time(connection, metric, period, who)
        sums = [[0, 0] for _ in buckets]
        here = 0
        for when, good, total in sorted(rows):
            while when >= buckets[here][1]:
                here += 1
            sums[here][0] += good
            sums[here][1] += total
        points = [
            RatePoint(at=at(start), until=at(end), **ratio(good, total).model_dump())
            for (start, end), (good, total) in zip(buckets, sums, strict=True)
        ]
        return RateSeries(
            metric=metric,
            every=every,
            time_zone=period.zone,
            since=at(period.since_ns),
            until=at(period.until_ns),
            items=points,
        )


async def _gather(connection: AsyncConnection, period: Period, who: Who, *, by: By) -> dict[Key, Found]:
    found: defaultdict[Key, Found] = defaultdict(Found)
    first, after = period.slots
    within = conduct.c.slot >= first, conduct.c.slot < after
    names = (conduct.c.agent, conduct.c.version)
    sums = [sa.func.sum(conduct.c[name]) for name in CONDUCT_SUMS]
    query = sa.select(*names, *sums).where(*within, *who.of(conduct.c)).group_by(*names).limit(ROWS_MAX)
    for agent, version, *amounts in map(tuple, await connection.execute(query)):
        one = found[_key(by, agent, version)]
        one.counts = {
            name: one.counts.get(name, 0) + int(amount)
            for name, amount in zip(CONDUCT_SUMS, amounts, strict=True)
        }
    await _gather_latencies(connection, period, who, found, by=by)
    await _gather_outcomes(connection, period, who, found, by=by)
    return dict(found)


async def _gather_latencies(
    connection: AsyncConnection, period: Period, who: Who, found: dict[Key, Found], *, by: By
) -> None:
    first, after = period.slots
    names = (latencies.c.agent, latencies.c.version, latencies.c.kind, latencies.c.bucket)
    query = sa.select(*names, sa.func.sum(latencies.c.calls)).where(
        latencies.c.slot >= first, latencies.c.slot < after, *who.of(latencies.c)
    )
    rows = await connection.execute(query.group_by(*names).limit(ROWS_MAX))
    for agent, version, kind, bucket, calls in map(tuple, rows):
        one = found[_key(by, agent, version)]
        buckets = {**(one.model if kind == "model" else one.tool)}
        buckets[bucket] = buckets.get(bucket, 0) + int(calls)
        if kind == "model":
            one.model = buckets
        else:
            one.tool = buckets


async def _gather_outcomes(
    connection: AsyncConnection, period: Period, who: Who, found: dict[Key, Found], *, by: By
) -> None:
    judged = Judged(runs)
    names = (runs.c.agent, runs.c.version)
    query = sa.select(*names, judged.outcome, sa.func.count()).select_from(judged.joined)
    query = query.where(runs.c.ended_ns >= period.since_ns, runs.c.ended_ns < period.until_ns)
    rows = await connection.execute(
        query.where(*who.of(runs.c)).group_by(*names, judged.outcome).limit(ROWS_MAX)
    )
    for row in rows:
        agent, version, outcome, count = (str(row[0]), str(row[1]), str(row[2]), int(row[3]))
        one = found[_key(by, agent, version)]
        one.outcomes = {**one.outcomes, outcome: one.outcomes.get(outcome, 0) + count}


async def _over_time(
    connection: AsyncConnection, metric: Metric, period: Period, who: Who
) -> list[tuple[int, int, int]]:
    """(when, good, counted) rows."""
    if metric == "task_success":
        judged = Judged(runs)
        slot = runs.c.ended_ns - runs.c.ended_ns % SLOT_NS
        query = sa.select(slot.label("slot"), judged.outcome.label("outcome"), sa.func.count())
        query = query.select_from(judged.joined).where(
            runs.c.ended_ns >= period.since_ns, runs.c.ended_ns < period.until_ns, *who.of(runs.c)
        )
        rows = await connection.execute(query.group_by(slot, judged.outcome))
        return [
            (when, int(n) if outcome == "succeeded" else 0, int(n))
            for when, outcome, n in map(tuple, rows)
            if outcome in ("succeeded", "failed")
        ]
    first, after = period.slots
    good, total = good_and_total(metric)
    query = sa.select(conduct.c.slot, sa.func.sum(good), sa.func.sum(total)).where(
        conduct.c.slot >= first, conduct.c.slot < after, *who.of(conduct.c)
    )
    rows = await connection.execute(query.group_by(conduct.c.slot))
    return [(slot * SLOT_NS, int(fine), int(whole)) for slot, fine, whole in map(tuple, rows)]


def good_and_total(metric: Metric) -> tuple[sa.ColumnElement[int], sa.ColumnElement[int]]:
    """The counters of a ratio as expressions over `conduct`."""
    if metric == "tool_validity":
        return conduct.c.tools_asked - conduct.c.tools_invalid, conduct.c.tools_asked + 0
    good, bad = RATIOS[metric]
    fine = sum((conduct.c[name] for name in good[1:]), start=conduct.c[good[0]] + 0)
    return fine, sum((conduct.c[name] for name in bad), start=fine)


def _key(by: By, agent: str, version: str) -> Key:
    return (agent, version if by == "version" else "")


def _merge(found: dict[Key, Found]) -> Found:
    whole = Found()
    for one in found.values():
        for name in ("counts", "outcomes", "model", "tool"):
            sums: dict[Any, int] = dict(getattr(whole, name))
            for key, amount in getattr(one, name).items():
                sums[key] = sums.get(key, 0) + amount
            setattr(whole, name, sums)
    return whole


def _show(key: Key, found: Found) -> Conduct:
    counts, outcomes = {**dict.fromkeys(CONDUCT_SUMS, 0), **found.counts}, found.outcomes
    good, bad = outcomes.get("succeeded", 0), outcomes.get("failed", 0)
    unproven = outcomes.get("unproven", 0)
    ratios = {
        name: ratio(sum(counts[one] for one in fine), sum(counts[one] for one in (*fine, *wrong)))
        for name, (fine, wrong) in RATIOS.items()
    }
    asked = counts["tools_asked"]
    in_calls = counts["model_ns"] + counts["tool_ns"]
    return Conduct(
        agent=key[0],
        version=key[1],
        runs=good + bad + unproven,
        unproven=unproven,
        task_success=ratio(good, good + bad),
        tool_validity=ratio(asked - counts["tools_invalid"], asked),
        tool_success=ratios["tool_success"],
        model_success=ratios["model_success"],
        postconditions=ratios["postconditions"],
        asked=counts["asked"],
        denied=counts["denied"],
        halted=counts["halted"],
        loops=counts["loops"],
        model=latency(found.model, counts["model_ns"]),
        tool=latency(found.tool, counts["tool_ns"]),
        model_time_share=counts["model_ns"] / in_calls if in_calls else None,
    )
