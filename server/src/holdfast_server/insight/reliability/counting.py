"""Good and all, in several windows up to now, with one query an objective."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.insight.costs.period import HOUR_NS
from holdfast_server.insight.reliability.metrics import Who, good_and_total
from holdfast_server.insight.reliability.view import Metric
from holdfast_server.kit.wire import MICRO, NS_PER_S
from holdfast_server.record.books.books import BUCKETS_MAX, bucket_end_ns
from holdfast_server.record.books.tables import SLOT_NS, conduct, latencies
from holdfast_server.record.outcomes.judging import Judged
from holdfast_server.record.runs.tables import runs


class Counted(msgspec.Struct, frozen=True):
    """How many were good, of how many."""

    good: int
    total: int


async def count(
    connection: AsyncConnection, slo: sa.RowMapping, hours: Sequence[float], now_ns: int
) -> list[Counted]:
    """What an objective counts in each of these windows.

    Args:
        connection: where to read.
        slo: a row of `slos`.
        hours: how long each window is.
        now_ns: when they end.
    """
    who = Who(slo["agent"], slo["version"])
    starts = [now_ns - int(one * HOUR_NS) for one in hours]
    indicator = slo["indicator"]
    if indicator in ("task_success", "run_cost", "run_duration"):
        query = _of_runs(indicator, slo["threshold"], who, starts, now_ns)
    elif indicator in ("model_latency", "tool_latency"):
        query = _of_latencies(indicator.partition("_")[0], slo["threshold"], who, starts)
    else:
        good, total = good_and_total(cast("Metric", indicator))
        query = _sums(conduct.c.slot * SLOT_NS, starts, good, total).where(
            conduct.c.slot >= min(starts) // SLOT_NS, *who.of(conduct.c)
        )
    row = tuple(map(int, (amount or 0 for amount in (await connection.execute(query)).one())))
    return [Counted(row[place], row[place + 1]) for place in range(0, len(row), 2)]


def _of_runs(
    indicator: str, threshold: float, who: Who, starts: Sequence[int], now_ns: int
) -> sa.Select[Any]:
    judged = Judged(runs)
    ended = runs.c.ended_ns >= min(starts), runs.c.ended_ns <= now_ns
    if indicator == "task_success":
        good = sa.case((judged.outcome == "succeeded", 1), else_=0)
        counted = sa.case((judged.outcome.in_(("succeeded", "failed")), 1), else_=0)
        return (
            _sums(runs.c.ended_ns, starts, good, counted)
            .select_from(judged.joined)
            .where(*ended, *who.of(runs.c))
        )
    amount = runs.c.cost_micro_usd if indicator == "run_cost" else runs.c.ended_ns - runs.c.started_ns
    most = round(threshold * (MICRO if indicator == "run_cost" else NS_PER_S))
    good = sa.case((amount <= most, 1), else_=0)
    return _sums(runs.c.ended_ns, starts, good, sa.literal(1)).where(*ended, *who.of(runs.c))


def _of_latencies(kind: str, threshold: float, who: Who, starts: Sequence[int]) -> sa.Select[Any]:
    """A bucket that reaches beyond the threshold counts as too slow: never kinder than the truth."""
    within = [bucket for bucket in range(BUCKETS_MAX + 1) if bucket_end_ns(bucket) <= threshold * NS_PER_S]
    good = sa.case((latencies.c.bucket <= max(within, default=-1), latencies.c.calls), else_=0)
    return _sums(latencies.c.slot * SLOT_NS, starts, good, latencies.c.calls).where(
        latencies.c.slot >= min(starts) // SLOT_NS, latencies.c.kind == kind, *who.of(latencies.c)
    )


def _sums(
    when: sa.ColumnElement[int],
    starts: Sequence[int],
    good: sa.ColumnElement[int],
    total: sa.ColumnElement[int],
) -> sa.Select[Any]:
    """Good and total since each start; a slot belongs to a window when any of it does."""
    columns: list[sa.ColumnElement[Any]] = []
    for start in starts:
        within = when >= start - start % SLOT_NS
        columns += [sa.func.sum(sa.case((within, one), else_=0)) for one in (good, total)]
    return sa.select(*columns)
