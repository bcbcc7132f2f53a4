"""How long runs in trouble take until they are safe, and why people are asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.insight.costs.period import Period
from holdfast_server.insight.reliability.view import Escalation, Escalations, SafeFallback
from holdfast_server.kit.db import Database, chunks
from holdfast_server.kit.wire import NS_PER_S, at
from holdfast_server.record.runs.tables import runs, steps

RUNS_MAX: Final = 2_000
STEPS_MAX: Final = 100_000
AGENTS_SHOWN: Final = 5
GOING_ON: Final = frozenset({"tool", "delegate", "output"})
"""What shows that a run goes on well after trouble: a model's next answer does not."""


async def look_for_fallback(
    connection: AsyncConnection, period: Period, wanted: Sequence[sa.ColumnElement[bool]]
) -> SafeFallback:
    """The time from trouble to safety, of the latest runs of a period that had any."""
    failed = sa.select(steps.c.run).where(
        steps.c.started_ns >= period.since_ns, steps.c.started_ns < period.until_ns, steps.c.state == "failed"
    )
    refused = sa.or_(runs.c.deny > 0, runs.c.ask > 0, runs.c.halt > 0)
    trouble = sa.or_(refused, runs.c.state.in_(("failed", "halted")), runs.c.id.in_(failed))
    query = (
        sa.select(runs.c.id, runs.c.ended_ns)
        .where(runs.c.started_ns >= period.since_ns, runs.c.started_ns < period.until_ns)
        .where(runs.c.governed, trouble, *wanted)
        .order_by(runs.c.started_ns.desc())
        .limit(RUNS_MAX)
    )
    ended = {row.id: row.ended_ns for row in await connection.execute(query)}
    found = await _load(connection, list(ended))
    took: list[tuple[float, str]] = []
    troubled = still_open = 0
    for run, some in found.items():
        began = find_trouble(some)
        if began is None:
            continue
        troubled += 1
        safe = find_safety(some, began, ended[run])
        if safe is None:
            still_open += 1
        else:
            took.append(((safe - began) / NS_PER_S, run))
    took.sort()
    return SafeFallback(
        runs=troubled,
        still_open=still_open,
        p50_s=_at(took, 0.5),
        p95_s=_at(took, 0.95),
        longest_s=took[-1][0] if took else None,
        longest_run=took[-1][1] if took else "",
    )


def find_trouble(some: Sequence[Any]) -> int | None:
    """When a run first was in trouble: a call refused, failed, or contradicted by the world."""
    times: list[int] = []
    for step in some:
        if step.verdict in ("ask", "deny", "halt") and step.enforced:
            times.append(step.started_ns)
        elif step.kind != "start" and (step.state == "failed" or _contradicted(step)):
            times.append(step.ended_ns or step.started_ns)
    return min(times, default=None)


def find_safety(some: Sequence[Any], began: int, ended_ns: int | None) -> int | None:
    """When it was safe again: with a person, stopped, ended, or with the next call that went well."""
    times = [] if ended_ns is None else [max(ended_ns, began)]
    for step in some:
        if step.started_ns >= began and step.verdict in ("ask", "halt") and step.enforced:
            times.append(step.started_ns)
        well = step.state == "done" and step.kind in GOING_ON and not _contradicted(step)
        if well and step.started_ns >= began and step.ended_ns is not None:
            times.append(step.ended_ns)
    return min(times, default=None)


class EscalationView:
    """Answers why people were asked."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def look(self, period: Period, *, agent: str = "") -> Escalations:
        """Reasons of asks and halts, the most frequent first."""
        query = (
            sa.select(
                steps.c.verdict,
                steps.c.stage,
                steps.c.reasons,
                steps.c.agent,
                steps.c.run,
                steps.c.started_ns,
            )
            .where(steps.c.started_ns >= period.since_ns, steps.c.started_ns < period.until_ns)
            .where(steps.c.verdict.in_(("ask", "halt")), steps.c.enforced)
            .order_by(steps.c.started_ns.desc())
            .limit(STEPS_MAX)
        )
        if agent:
            query = query.where(steps.c.agent == agent)
        async with self._db.read() as connection:
            rows = (await connection.execute(query)).all()
        apart: defaultdict[tuple[str, str, str], list[Any]] = defaultdict(list)
        for row in rows:
            rule = row.reasons[0].get("rule", "") if row.reasons else ""
            apart[row.verdict, row.stage, rule].append(row)
        ordered = sorted(apart.items(), key=lambda item: (-len(item[1]), item[0]))
        return Escalations(
            since=at(period.since_ns),
            until=at(period.until_ns),
            total=len(rows),
            complete=len(rows) < STEPS_MAX,
            items=[_escalation(key, some, len(rows)) for key, some in ordered],
        )


def _escalation(key: tuple[str, str, str], some: list[Any], whole: int) -> Escalation:
    verdict, stage, rule = key
    return Escalation(
        verdict="halt" if verdict == "halt" else "ask",
        stage=stage,
        rule=rule,
        agents=sorted({row.agent for row in some})[:AGENTS_SHOWN],
        count=len(some),
        share=len(some) / whole,
        last_run=some[0].run,
        last_at=at(some[0].started_ns),
    )


async def _load(connection: AsyncConnection, ids: list[str]) -> dict[str, list[Any]]:
    found: defaultdict[str, list[Any]] = defaultdict(list)
    columns = (
        steps.c.run, steps.c.kind, steps.c.state, steps.c.verdict, steps.c.enforced, steps.c.started_ns,
        steps.c.ended_ns, steps.c.conduct,
    )  # fmt: skip
    for some in chunks(ids):
        query = sa.select(*columns).where(steps.c.run.in_(some)).order_by(steps.c.started_ns)
        for row in await connection.execute(query.limit(STEPS_MAX)):
            found[row.run].append(row)
    return found


def _contradicted(step: Any) -> bool:
    return bool(step.conduct) and step.conduct.get("observed") == "contradicted"


def _at(took: list[tuple[float, str]], share: float) -> float | None:
    return took[min(len(took) - 1, int(share * len(took)))][0] if took else None
