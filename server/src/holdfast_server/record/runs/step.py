"""A step: one action with its decision and its outcome."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from holdfast_server.kit.wire import Wire
from holdfast_server.record.runs.linking import StepLink
from holdfast_server.record.runs.run import Observed, StepKind, VerdictName

StepState = Literal["running", "waiting", "done", "refused", "failed", "halted"]


class StepReason(Wire):
    """Why one rule spoke as it did."""

    rule: str
    category: str
    message: str
    cure: str = ""
    """`approval:<role>`, or the next step for a person."""


class LedgerPlaces(Wire):
    """Where a step stands in the server's ledger."""

    decision: int | None = None
    outcome: int | None = None


class WouldView(Wire):
    """What a rule that does not count yet would have done."""

    rule: str
    verdict: str
    message: str
    level: str
    """`shadow`, `warn` or `sample:<percent>`."""


class UndoView(Wire):
    """A call that takes an effect back."""

    tool: str
    arguments: dict[str, Any]


class Step(Wire):
    """One action, its decision and its outcome; a span nobody decided on is a step with `governed` false."""

    id: str
    run: str
    session: str
    trace: str
    parent: str
    agent: str
    kind: StepKind
    name: str
    target: str
    effect: str
    state: StepState
    verdict: VerdictName | None
    stage: str
    """The stage that settled the verdict."""
    reasons: list[StepReason]
    obligations: list[str]
    bundle: str
    enforced: bool
    took_us: float | None
    started_at: datetime
    ended_at: datetime | None
    duration_ms: float | None
    tokens_in: int
    tokens_out: int
    cost_usd: float | None
    priced: bool
    """False for a model call whose price is unknown."""
    model: str
    provider: str
    error: str
    labels: list[str]
    unendorsed: list[str]
    approval: str | None
    ledger: LedgerPlaces
    governed: bool
    observed: Observed = ""
    """What the world showed afterwards; empty when nobody had to look. Unknown is not success."""
    observed_detail: str = ""
    attempts: int = 1
    """How often the call was made until it succeeded, or was given up."""
    would: list[WouldView] = Field(default_factory=list[WouldView])
    """What rules that do not count yet would have done."""
    orphan: bool = False
    """Whether it names a parent that is not here."""
    repeats: str | None = None
    """The step whose effect this one would have repeated: it only got its result."""
    undo: UndoView | None = None
    """The call that takes the effect back, where the tool's contract names one."""


class Part(Wire):
    """One piece of a message."""

    type: Literal["text", "reasoning", "tool_call", "tool_result"]
    text: str | None = None
    name: str | None = None
    arguments: Any = None
    result: Any = None
    call_id: str | None = None


class Message(Wire):
    """One turn of a conversation."""

    id: str
    step: str
    agent: str
    role: Literal["system", "user", "assistant", "tool"]
    at: datetime
    parts: list[Part]


class Explanation(Wire):
    """One reason, explained to a person."""

    title: str
    text: str


class PriceNote(Wire):
    """Where a price came from."""

    source: str
    version: str
    model: str
    warnings: list[str]


class StepDetail(Step):
    """A step with everything known about it."""

    arguments: Any
    """Redacted; null when they never arrived."""
    result: Any
    messages_in: list[Message]
    messages_out: list[Message]
    attributes: dict[str, Any]
    events: list[dict[str, Any]]
    links: list[StepLink]
    """Steps that it names beside its parent, and those that name it."""
    timings_us: dict[str, float]
    explanation: list[Explanation]
    price: PriceNote | None


class Conversation(Wire):
    """Everything said in a run, in order, each message once."""

    messages: list[Message]
