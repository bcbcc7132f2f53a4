"""A question to the deciding core over HTTP, its answer, and how it ended."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator

from holdfast.decision.cedar import did_you_mean
from holdfast.decision.facts import FACTS
from holdfast_server.kit.wire import Ask, Name, Note, Wire
from holdfast_server.record.runs.run import VerdictName
from holdfast_server.record.runs.step import Explanation, StepReason

HEX16 = "^[0-9a-f]{16}$"
HEX32 = "^[0-9a-f]{32}$"
BATCH_MAX = 1_000
"""Actions of one batch."""


class ActorNote(Ask):
    """Who acts, or through whom."""

    agent: Name = Field(min_length=1)
    version: Name = ""
    owner: Name = ""


class EstimateNote(Ask):
    """The most the action can use."""

    tokens_in: int = Field(default=0, ge=0)
    tokens_out: int = Field(default=0, ge=0)
    cost_usd: float | None = Field(default=0, ge=0)


class Question(Ask):
    """An action that asks to be judged."""

    kind: Literal["start", "model", "tool", "delegate", "memory", "message", "output"] = "tool"
    target: Name = Field(min_length=1)
    arguments: dict[str, Any] = Field(default_factory=dict)
    actor: ActorNote
    session: str = Field(min_length=1, max_length=128)
    id: str | None = Field(default=None, pattern=HEX16)
    """The step's id; made when absent."""
    run: str | None = Field(default=None, pattern=HEX32)
    """Made when absent: one run a session."""
    trace: str | None = Field(default=None, pattern=HEX32)
    parent: str = Field(default="", pattern="^([0-9a-f]{16})?$")
    chain: list[ActorNote] = Field(default_factory=list[ActorNote], max_length=32)
    person: Name = ""
    approval: str | None = None
    """Id of an approval of exactly this action; it is used up."""
    estimate: EstimateNote = EstimateNote()
    endorse: list[Note] = Field(default_factory=list, max_length=64)
    """Texts whose values the person has chosen."""
    facts: dict[str, Any] = Field(default_factory=dict, max_length=64)
    """What the program around the agent says of it, beyond the arguments; policies may ask for it."""
    title: Note = ""

    @field_validator("facts")
    @classmethod
    def _know(cls, facts: dict[str, Any]) -> dict[str, Any]:
        for name in facts:
            if name not in FACTS:
                raise ValueError(f"there is no fact {name}. {did_you_mean(name, FACTS)}")
        return facts


class Answered(Wire):
    """The decision on a question."""

    verdict: VerdictName
    stage: str
    step: str
    run: str
    session: str
    target: str
    reasons: list[StepReason]
    obligations: list[str]
    arguments: dict[str, Any]
    """What may run: exactly this, after every obligation."""
    digest: str
    roles: list[str]
    labels: list[str]
    unendorsed: list[str]
    bundle: str
    took_us: float
    timings_us: dict[str, float]
    explanation: list[Explanation]
    ledger_index: int


class OutcomeNote(Ask):
    """How a judged action ended."""

    step: str = Field(pattern=HEX16)
    status: Literal["done", "failed", "refused", "halted", "cancelled"]
    error_class: Name = ""
    error: Note = ""
    result: Any = None
    cost_usd: float | None = Field(default=None, ge=0)
    tokens_in: int = Field(default=0, ge=0)
    tokens_out: int = Field(default=0, ge=0)
    model: Name = ""
    provider: Name = ""


class Questions(Ask):
    """Several actions that ask to be judged, one after the other."""

    decisions: list[Question] = Field(min_length=1, max_length=BATCH_MAX)


class Outcomes(Ask):
    """How several actions ended."""

    outcomes: list[OutcomeNote] = Field(min_length=1, max_length=BATCH_MAX)


class OutcomeTaken(Wire):
    """The outcome is in the ledger."""

    ledger_index: int
