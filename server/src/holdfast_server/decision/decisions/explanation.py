"""An explanation as it travels."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field

from holdfast_server.kit.wire import Wire
from holdfast_server.record.runs.run import VerdictName
from holdfast_server.record.runs.step import Explanation, WouldView


class RuleView(Wire):
    """One rule that spoke, in its own words."""

    id: str
    category: str
    text: str
    """Cedar, as it judged; empty for a built-in stage."""
    source: str
    line: int
    column: int
    version: str
    """Beginning of the SHA-256 of the text."""
    why: str


class LabelView(Wire):
    """One label of the session, and the step that brought it."""

    model_config = ConfigDict(populate_by_name=True)

    label: str
    since_step: str | None
    """Null when no step is known: it came with the session, or from another process."""
    origin: str = Field(alias="from")
    """The tool whose result carried it."""


class Way(Wire):
    """One way in which it would have passed; deciding again with it said so."""

    text: str
    """Completes the sentence `It would pass if …`."""
    verdict: VerdictName
    changes: dict[str, Any]


class KeeperView(Wire):
    """Who may change one rule, and where."""

    rule: str
    source: str
    line: int
    pack: str
    owner: str
    roles: list[str]
    """Who may lift it for one call."""
    how: str


class StepExplanation(Wire):
    """Why one decision came out as it did."""

    step: str
    verdict: VerdictName
    headline: str
    stage: str
    rules: list[RuleView]
    inputs: dict[str, Any]
    """What the rules looked at, by its path in their context."""
    labels: list[LabelView]
    chain: list[str]
    """The person first, the agent itself last."""
    timings_us: dict[str, float]
    took_us: float
    would_pass_if: list[Way]
    who_may_change: list[KeeperView]
    arguments: dict[str, Any]
    obligations: list[str]
    unendorsed: list[str]
    errors: list[str]
    would: list[WouldView]
    """What rules would have done that did not count yet."""
    bundle: str
    engine: str
    exact: bool
    """Whether deciding again from the records came out the same: only then are there ways to pass."""
    notes: list[str]
    """What the reader must know about how it was put together."""
    sections: list[Explanation]
    """The same, paragraph by paragraph."""
