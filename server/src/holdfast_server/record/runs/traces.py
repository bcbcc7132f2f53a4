"""Runs that are known by their traces only: nobody decided on them, but they are seen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from holdfast_server.kit.db import upsert
from holdfast_server.record.runs import store
from holdfast_server.record.runs.projection import COUNTED, NS_PER_MINUTE, Spent
from holdfast_server.record.runs.rows import RunRow
from holdfast_server.record.runs.tables import runs
from holdfast_server.record.spans.span import Span

TITLE_MAX = 200


async def take_spans(connection: AsyncConnection, spans: Iterable[Span]) -> set[str]:
    """Fold spans into the runs they make up; returns the ids of those runs."""
    foreign = [span for span in spans if not span.run]
    traces = {span.trace_id for span in foreign}
    governed = await _governed_traces(connection, traces)
    found = await store.load_runs(connection, traces - governed)
    spent: defaultdict[tuple[int, str], Spent] = defaultdict(Spent)
    for span in foreign:
        if span.trace_id not in governed:
            _fold(found, span, spent)
    await upsert(connection, runs, [msgspec.structs.asdict(run) for run in found.values()])
    await store.add_spend(connection, spent)
    return set(found)


async def _governed_traces(connection: AsyncConnection, traces: set[str]) -> set[str]:
    governed: set[str] = set()
    for some in store.chunks(traces):
        query = select(runs.c.trace).where(runs.c.trace.in_(some), runs.c.governed)
        governed |= set((await connection.scalars(query)).all())
    return governed


def _fold(found: dict[str, RunRow], span: Span, spent: defaultdict[tuple[int, str], Spent]) -> None:
    run = found.get(span.trace_id)
    if run is None:
        run = RunRow(span.trace_id, span.trace_id, started_ns=span.start_ns, governed=False)
        found[span.trace_id] = run
    run.started_ns = min(run.started_ns, span.start_ns)
    run.last_ns = max(run.last_ns, span.end_ns)
    run.session, run.person = run.session or span.session, run.person or span.person
    run.agent = run.agent or span.agent or span.service
    run.steps += 1
    if counter := COUNTED.get(span.step_kind):
        run.count(counter)
    if not span.parent_id:
        _root(run, span)
    elif span.step_kind != "span":
        run.last_step, run.last_kind, run.last_target = span.span_id, span.step_kind, span.target
    if span.billed:
        _bill(run, span, spent)


def _root(run: RunRow, span: Span) -> None:
    run.start_step, run.ended_ns = span.span_id, span.end_ns
    run.agent, run.version = span.agent or run.agent, span.agent_version
    run.framework = span.scope
    run.title = (span.input or span.name)[:TITLE_MAX]
    run.state = "failed" if span.status == "error" else "completed"
    run.error = span.status_message


def _bill(run: RunRow, span: Span, spent: defaultdict[tuple[int, str], Spent]) -> None:
    unpriced = span.cost_micro_usd is None
    run.tokens_in += span.tokens_in
    run.tokens_out += span.tokens_out
    run.unpriced_calls += unpriced
    run.priced_calls += not unpriced
    run.cost_micro_usd += span.cost_micro_usd or 0
    one = spent[span.end_ns // NS_PER_MINUTE, run.agent]
    one.micro_usd += span.cost_micro_usd or 0
    one.calls += 1
    one.unpriced += unpriced
