"""A run: one invocation of an agent, as it stands now."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from holdfast_server.kit.wire import Wire
from holdfast_server.record.runs.completeness import Completeness

RunState = Literal["running", "waiting", "completed", "failed", "halted", "lost"]
StepKind = Literal["start", "model", "tool", "delegate", "message", "output", "memory", "span"]
VerdictName = Literal["allow", "transform", "ask", "deny", "halt"]
Observed = Literal["", "confirmed", "contradicted", "unknown"]
"""What the world showed of an effect; empty when nobody had to look."""


class Verdicts(Wire):
    """How often each verdict was given."""

    allow: int = 0
    transform: int = 0
    ask: int = 0
    deny: int = 0
    halt: int = 0


class LastStep(Wire):
    """What a run did last."""

    step: str
    kind: StepKind
    target: str
    at: datetime


class InFlight(Wire):
    """What a run is doing now."""

    step: str
    kind: StepKind
    target: str
    since: datetime


class StoppedBy(Wire):
    """What ended a run against its will."""

    rule: str
    message: str
    stage: str


class RunSummary(Wire):
    """One invocation of an agent, as it stands now."""

    id: str
    trace: str
    """The id of the outermost run."""
    session: str
    parent_run: str | None
    agent: str
    version: str
    owner: str
    person: str
    """On whose behalf; empty when nobody is named."""
    framework: str
    title: str
    """How the run began: its first input, shortened."""
    state: RunState
    started_at: datetime
    ended_at: datetime | None
    duration_ms: float | None
    """Null while it runs."""
    steps: int
    model_calls: int
    tool_calls: int
    denied: int
    asked: int
    tokens_in: int
    tokens_out: int
    cost_usd: float | None
    """Sum of what could be priced; null when nothing could."""
    unpriced_calls: int
    """Model calls without a known price: the cost is at least `cost_usd`."""
    error: str
    last: LastStep | None
    in_flight: list[InFlight]
    stopped_by: StoppedBy | None
    verdicts: Verdicts
    governed: bool
    """False when only traces of it arrived: nothing of it was decided by Holdfast."""
    observed: Observed = ""
    """The worst of what its effects left unproven; with any, the run has failed."""
    completeness: Completeness = Completeness()
    """How much of it is here."""


class BudgetUse(Wire):
    """One budget as a run sees it."""

    scope: str
    unit: str
    limit: float
    used: float
    held: float


class RunFilter(msgspec.Struct, frozen=True):
    """Which runs are wanted; an empty field does not filter."""

    q: str = ""
    agents: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()
    session: str = ""
    since_ns: int | None = None
    until_ns: int | None = None
