"""An attribution as it is shown."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from holdfast_server.insight.attribution.evidence import EvidenceKind
from holdfast_server.kit.wire import Wire
from holdfast_server.record.runs.run import RunState


class Evidence(Wire):
    """One thing that speaks against one step."""

    kind: EvidenceKind
    step: str
    agent: str
    target: str
    at: datetime
    weight: float
    text: str
    """What can be seen there, in a sentence."""


class Suspect(Wire):
    """A step, and how much speaks against it."""

    step: str
    agent: str
    target: str
    at: datetime
    score: float
    """The sum of the weights of its evidence; no probability."""
    kinds: list[EvidenceKind]


class Guesses(Wire):
    """What one would say without looking; each is a step, or null where there is none."""

    first_step: str | None = None
    last_step: str | None = None
    first_error: str | None = None


class OpinionView(Wire):
    """What a model was asked, and said."""

    model: str
    step: str | None
    reason: str


class Attribution(Wire):
    """Where a run turned, as far as its record shows."""

    run: str
    state: RunState
    turned_at: str | None
    """The step that most speaks against; null when nothing speaks against any."""
    suspects: list[Suspect]
    """Steps that something speaks against, the likeliest first."""
    evidence: list[Evidence]
    """In the order of the run."""
    baselines: Guesses
    sibling: str | None
    """A run of the same agent, version and task that succeeded, which this one was compared with."""
    opinion: OpinionView | None = Field(default=None)
    """What a model thinks; only when it was asked, and asking is set up."""
    acts: int
    """How many acts were looked at."""
