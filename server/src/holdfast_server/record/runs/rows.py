"""Runs and steps as they are kept, and as they are shown."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from holdfast_server.kit.wire import NS_PER_MS, at, at_or_none, usd
from holdfast_server.record.runs.completeness import judge
from holdfast_server.record.runs.counts import CountRow
from holdfast_server.record.runs.run import (
    InFlight,
    LastStep,
    Observed,
    RunState,
    RunSummary,
    StepKind,
    StoppedBy,
    VerdictName,
    Verdicts,
)
from holdfast_server.record.runs.step import LedgerPlaces, Step, StepReason, StepState, WouldView


class RunRow(msgspec.Struct):
    """One row of `runs`."""

    id: str
    trace: str
    session: str = ""
    parent_run: str = ""
    agent: str = ""
    version: str = ""
    owner: str = ""
    person: str = ""
    framework: str = ""
    title: str = ""
    state: str = "running"
    process: str = ""
    start_step: str = ""
    error: str = ""
    last_step: str = ""
    last_kind: str = ""
    last_target: str = ""
    stopped_rule: str = ""
    stopped_message: str = ""
    stopped_stage: str = ""
    observed: str = ""
    team: str = ""
    workflow: str = ""
    customer: str = ""
    release: str = ""
    tags: list[str] = []
    """`name=value` each."""
    confirmed: int = 0
    """Effects that the world was seen to show."""
    started_ns: int = 0
    last_ns: int = 0
    ended_ns: int | None = None
    steps: int = 0
    model_calls: int = 0
    tool_calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    allow: int = 0
    transform: int = 0
    ask: int = 0
    deny: int = 0
    halt: int = 0
    cost_micro_usd: int = 0
    priced_calls: int = 0
    unpriced_calls: int = 0
    waiting: int = 0
    chain: list[str] = []
    labels: list[str] = []
    governed: bool = True
    takes_over: bool = False
    """Whether the conversation was handed to it, rather than a question asked."""
    seen_ns: int = 0
    """When something of it last came, on the server's clock; 0 for what is not known by its traces."""

    def count(self, field: str, by: int = 1) -> None:
        """Add to a counter."""
        setattr(self, field, getattr(self, field) + by)


class StepRow(msgspec.Struct):
    """One row of `steps`."""

    trace: str
    id: str
    run: str = ""
    session: str = ""
    parent: str = ""
    agent: str = ""
    kind: str = "tool"
    target: str = ""
    effect: str = ""
    state: str = "running"
    stage: str = ""
    bundle: str = ""
    model: str = ""
    provider: str = ""
    error: str = ""
    approval: str = ""
    verdict: str | None = None
    reasons: list[dict[str, str]] = []
    obligations: list[str] = []
    labels: list[str] = []
    unendorsed: list[str] = []
    started_ns: int = 0
    took_ns: int | None = None
    ended_ns: int | None = None
    hold_micro_usd: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost_micro_usd: int | None = None
    enforced: bool = True
    decision_index: int | None = None
    outcome_index: int | None = None
    arguments: Any = None
    result: Any = None
    timings_ns: dict[str, int] | None = None
    price: dict[str, Any] | None = None
    usage: dict[str, Any] | None = None
    conduct: dict[str, Any] | None = None
    would: list[dict[str, str]] | None = None
    facts: dict[str, Any] | None = None


def show_run(
    row: RunRow, in_flight: list[InFlight], *, counts: CountRow | None = None, dropped: int = 0
) -> RunSummary:
    """A run as it is shown.

    Args:
        row: the run.
        in_flight: what it does now.
        counts: its spans, counted.
        dropped: how many spans its process dropped altogether.
    """
    return RunSummary(
        id=row.id,
        trace=row.trace,
        session=row.session,
        parent_run=row.parent_run or None,
        agent=row.agent,
        version=row.version,
        owner=row.owner,
        person=row.person,
        framework=row.framework,
        title=row.title,
        state=cast("RunState", row.state),
        started_at=at(row.started_ns),
        ended_at=at_or_none(row.ended_ns),
        duration_ms=_ms(row.started_ns, row.ended_ns),
        steps=row.steps,
        model_calls=row.model_calls,
        tool_calls=row.tool_calls,
        denied=row.deny,
        asked=row.ask,
        tokens_in=row.tokens_in,
        tokens_out=row.tokens_out,
        cost_usd=usd(row.cost_micro_usd) if row.priced_calls or not row.unpriced_calls else None,
        unpriced_calls=row.unpriced_calls,
        error=row.error,
        last=_last(row),
        in_flight=in_flight,
        stopped_by=_stopped(row),
        observed=cast("Observed", row.observed),
        verdicts=Verdicts(
            allow=row.allow, transform=row.transform, ask=row.ask, deny=row.deny, halt=row.halt
        ),
        governed=row.governed,
        completeness=judge(counts, state=row.state, shipped=bool(row.process), dropped=dropped),
    )


def show_step(row: StepRow) -> Step:
    """A step as it is shown."""
    return Step(
        id=row.id,
        run=row.run,
        session=row.session,
        trace=row.trace,
        parent=row.parent,
        agent=row.agent,
        kind=cast("StepKind", row.kind),
        name=row.target or row.kind,
        target=row.target,
        effect=row.effect,
        state=cast("StepState", row.state),
        verdict=cast("VerdictName | None", row.verdict),
        stage=row.stage,
        reasons=[StepReason(**reason) for reason in row.reasons],
        obligations=row.obligations,
        bundle=row.bundle,
        enforced=row.enforced,
        took_us=None if row.took_ns is None else row.took_ns / 1000,
        started_at=at(row.started_ns),
        ended_at=at_or_none(row.ended_ns),
        duration_ms=_ms(row.started_ns, row.ended_ns),
        tokens_in=row.tokens_in,
        tokens_out=row.tokens_out,
        cost_usd=usd(row.cost_micro_usd),
        priced=is_priced(row),
        model=row.model,
        provider=row.provider,
        error=row.error,
        labels=row.labels,
        unendorsed=row.unendorsed,
        approval=row.approval or None,
        ledger=LedgerPlaces(decision=row.decision_index, outcome=row.outcome_index),
        governed=True,
        would=[WouldView.model_validate(one) for one in row.would or ()],
        **show_conduct(row.conduct),
    )


def show_conduct(conduct: dict[str, Any] | None) -> dict[str, Any]:
    """How a call's contract was kept, as a step shows it."""
    told = conduct or {}
    return {
        "observed": told.get("observed") or "",
        "observed_detail": told.get("observed_detail") or "",
        "attempts": told.get("attempts") or 1,
        "repeats": told.get("repeats") or None,
        "undo": told.get("undo") or None,
    }


def is_priced(row: StepRow) -> bool:
    """False for a model call that ended and whose price nobody knows."""
    return row.kind != "model" or row.state != "done" or row.cost_micro_usd is not None


def _ms(start_ns: int, end_ns: int | None) -> float | None:
    return None if end_ns is None else max(0, end_ns - start_ns) / NS_PER_MS


def _last(row: RunRow) -> LastStep | None:
    if not row.last_step:
        return None
    return LastStep(
        step=row.last_step, kind=cast("StepKind", row.last_kind), target=row.last_target, at=at(row.last_ns)
    )


def _stopped(row: RunRow) -> StoppedBy | None:
    if not row.stopped_rule:
        return None
    return StoppedBy(rule=row.stopped_rule, message=row.stopped_message, stage=row.stopped_stage)
