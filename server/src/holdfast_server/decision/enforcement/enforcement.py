"""One rule's level, and how it has done at it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Self

from pydantic import Field, model_validator

from holdfast.decision.enforcement import Level
from holdfast_server.kit.wire import Ask, Name, Note, Wire

Word = Literal["shadow", "warn", "sample", "enforce"]
LIMIT = 0.2
"""The share of a rule's refusals that people may call wrong before it steps back."""
REFUSALS_MIN = 20
"""Fewer refusals than this say nothing about a rule."""


class RuleLevel(Wire):
    """How much a rule counts, and what came of it."""

    rule: str
    level: Word
    percent: int
    """Of the runs for which a sampled rule holds; 100 at the other levels."""
    own: bool
    """Whether that is the level that stands with the rule; else somebody set it here."""
    since: datetime | None
    """When it was set here."""
    by: str
    would_refuse: int
    """Actions that it would have refused or asked about, had it counted; since then, at most 7 days back."""
    refused: int
    """Actions that it refused or asked about."""
    false_blocks: int
    """Those of them that a person called wrong."""
    rate: float | None
    """False blocks by refusals; null before the first refusal."""
    limit: float
    """The rate beyond which it steps back by itself, once it has refused 20 times."""
    stepped_back_at: datetime | None


class LevelAsk(Ask):
    """A new level for a rule."""

    level: Word
    percent: int = Field(default=100, ge=1, le=100)
    limit: float = Field(default=LIMIT, ge=0, le=1)
    """The rate of false blocks beyond which it steps back; 1 never does."""
    by: Name = Field(min_length=1)

    @model_validator(mode="after")
    def _only_samples_have_a_share(self) -> Self:
        if self.level != "sample" and self.percent != 100:
            raise ValueError("percent belongs to the level sample")
        return self

    def as_level(self) -> Level:
        """The level as a value."""
        return Level(self.level, self.percent)


class FalseBlockAsk(Ask):
    """A person says that a refusal was wrong."""

    by: Name = Field(min_length=1)
    note: Note = ""
    rule: Name = ""
    """Which of the rules that refused; all of them when it is empty."""


class FalseBlock(Wire):
    """A refusal that somebody called wrong."""

    step: str
    rule: str
    by: str
    note: str
    at: datetime


def stepped_too_far(refused: int, false_blocks: int, limit: float) -> bool:
    """Whether people call so much of what a rule refuses wrong that it steps back."""
    return refused >= REFUSALS_MIN and false_blocks / refused > limit
