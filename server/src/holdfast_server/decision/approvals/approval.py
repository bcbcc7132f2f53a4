"""An approval and its life: asked once, answered by people, bound to a digest, used once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field

from holdfast_server.errors import Conflict
from holdfast_server.kit.wire import Ask, Name, Note, Wire
from holdfast_server.record.runs.step import Step, StepReason

State = Literal["pending", "approved", "refused", "expired", "used", "withdrawn"]
Event = Literal["approve", "refuse", "expire", "use", "withdraw"]

STEPS: Final[Mapping[tuple[State, Event], State]] = {
    ("pending", "approve"): "approved",
    ("pending", "refuse"): "refused",
    ("pending", "expire"): "expired",
    ("pending", "withdraw"): "withdrawn",
    ("approved", "use"): "used",
    ("approved", "expire"): "expired",
    ("approved", "withdraw"): "withdrawn",
}
"""Every step an approval can take; what is not listed is refused."""


def after(state: State, event: Event) -> State:
    """Where an event leads.

    Raises:
        Conflict: the life cycle has no such step.
    """
    try:
        return STEPS[state, event]
    except KeyError:
        raise Conflict(f"the approval is already {state}", hint="Ask again for a new one.") from None


class Answer(Wire):
    """What one person said for one role."""

    role: str
    by: str
    verdict: Literal["approve", "refuse"]
    note: str
    at: datetime


class Approval(Wire):
    """A question to a person about one exact action."""

    id: str
    state: State
    agent: str
    version: str
    owner: str
    person: str
    chain: list[str]
    run: str
    session: str
    step: str
    kind: str
    target: str
    effect: str
    title: str
    arguments: dict[str, Any]
    arguments_schema: dict[str, Any] | None = Field(serialization_alias="schema")
    """JSON Schema that edited arguments must keep."""
    digest: str
    reasons: list[StepReason]
    roles: list[str]
    """Every one of them must be answered, each by a different person."""
    unendorsed: list[str]
    """`argument=value` that nobody entitled has chosen."""
    asked_at: datetime
    expires_at: datetime
    answered_at: datetime | None
    answered_by: str
    note: str
    answers: list[Answer]
    edited: bool
    approved_arguments: dict[str, Any] | None
    approved_digest: str | None
    used_at: datetime | None
    recent: list[Step]
    """What the run did just before."""


Role = Annotated[str, Field(max_length=128)]


class ApprovalAsk(Ask):
    """One exact action that a person must approve; fields of a newer SDK are passed over."""

    model_config = ConfigDict(extra="ignore")

    step: Name = Field(min_length=1)
    run: Name
    session: Name = ""
    trace: Name = ""
    agent: Name
    version: Name = ""
    owner: Name = ""
    person: Name = ""
    chain: list[Name] = Field(default_factory=list, max_length=64)
    kind: Name = "tool"
    target: Name
    effect: Name = ""
    title: Note = ""
    arguments: dict[str, Any]
    """As a person may see them: secrets redacted."""
    digest: str = Field(pattern="^[0-9a-f]{64}$")
    reasons: list[StepReason] = Field(default_factory=list[StepReason], max_length=64)
    roles: list[Role] = Field(default_factory=list, max_length=8)
    unendorsed: list[Note] = Field(default_factory=list, max_length=64)
    ttl_s: float | None = Field(default=None, gt=0)
    contract: dict[str, Any] | None = None
    """The tool's contract; its `parameters` judge edited arguments."""


class AnswerAsk(Ask):
    """What a person says."""

    verdict: Literal["approve", "refuse"]
    by: Name = Field(min_length=1)
    role: Role = ""
    """Which role is answered; the first open one when empty."""
    note: Note = ""
    arguments: dict[str, Any] | None = None
    """Edited arguments; they replace the asked ones and are judged again before they run."""


class UseAsk(Ask):
    """The step that spends an approval, and what it is about to run."""

    digest: Name
    step: Name
