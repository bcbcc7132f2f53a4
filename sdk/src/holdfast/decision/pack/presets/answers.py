"""How good, how well founded and how honest something must be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

import msgspec

from holdfast.action import Contract
from holdfast.decision.pack.preset import (
    Count,
    Guarded,
    Share,
    Some,
    Word,
    at_least,
    both,
    either,
    labelled,
    one_of,
    quote_all,
    unless_stated,
)

ANSWER = ("output",)


class CitationsRequired(Guarded, frozen=True, kw_only=True):
    """An answer cites so many sources, and is so sure, or it is not given."""

    category: ClassVar[str] = "grounding"
    example: ClassVar[str] = "{citations: 2, confidence: 0.7}"
    reads: ClassVar[str] = "the facts `citations` and `confidence`"
    exceeds: ClassVar[str] = "before the answer leaves; what nobody counted counts as none"

    citations: Count = 1
    confidence: Share | None = None

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        cited = unless_stated("citations", lambda it: f"{it} >= {self.citations}")
        sure = unless_stated("confidence", at_least(self.confidence)) if self.confidence is not None else ""
        told = f"An answer needs {self.citations} sources; say instead that you do not know."
        yield self.refuse(rule, either(cited, sure), told, kinds=ANSWER)


class RetrievalQuality(Guarded, frozen=True, kw_only=True):
    """What was found must be relevant, recent and of several sources."""

    category: ClassVar[str] = "retrieval"
    example: ClassVar[str] = "{relevance: 0.6, age_hours: 720, sources: 2}"
    reads: ClassVar[str] = "the facts `relevance`, `source_age_hours` and `source_count`"
    exceeds: ClassVar[str] = "beside labels: what was found stays untrusted however relevant it is"

    relevance: Share | None = None
    age_hours: Count | None = None
    sources: Count | None = None

    def __post_init__(self) -> None:
        if self.relevance is self.age_hours is self.sources is None:
            raise ValueError("name a relevance, an age or a number of sources")

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        age, sources = self.age_hours, self.sources
        poor = unless_stated("relevance", at_least(self.relevance)) if self.relevance is not None else ""
        old = unless_stated("source_age_hours", lambda it: f"{it} <= {age}") if age is not None else ""
        few = unless_stated("source_count", lambda it: f"{it} >= {sources}") if sources is not None else ""
        told = "What was found is not good enough to go by."
        yield self.refuse(rule, either(poor, old, few), told, kinds=ANSWER)


class RationaleRequired(Guarded, frozen=True, kw_only=True):
    """A reason must be given, in `reason`, `rationale`, `justification` or `why`."""

    category: ClassVar[str] = "reasoning"
    example: ClassVar[str] = "{effects: [spend, destroy]}"
    reads: ClassVar[str] = "`context.derived.rationale`"
    exceeds: ClassVar[str] = (
        "every decision explains itself too: the rule, its inputs, and what would have passed"
    )

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        told = "Give a reason: call this again with one."
        yield self.refuse(rule, 'context.derived.rationale == ""', told)


class QualityFloor(Guarded, frozen=True, kw_only=True):
    """Only releases that passed so large a share of their evaluations."""

    category: ClassVar[str] = "quality"
    example: ClassVar[str] = "{score: 0.95}"
    reads: ClassVar[str] = "the fact `release_score`"
    exceeds: ClassVar[str] = "checked when an agent starts, not when a report is read"

    score: Share

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        when = unless_stated("release_score", at_least(self.score))
        told = f"A release must pass {self.score:.0%} of its evaluations to run."
        yield self.refuse(rule, when, told, kinds=("start",))


class Releases(Guarded, frozen=True, kw_only=True):
    """Only these releases run."""

    category: ClassVar[str] = "release"
    example: ClassVar[str] = "{releases: [2026-07-17]}"
    reads: ClassVar[str] = "the fact `release`"
    exceeds: ClassVar[str] = "a release is prompt, model, tools and policies together"

    releases: Some

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        when = unless_stated("release", one_of(self.releases))
        yield self.refuse(rule, when, "This release may not run.", kinds=("start",))


class Evaluated(Guarded, frozen=True, kw_only=True):
    """Only with so good a score, of one of these evaluators where any are named."""

    category: ClassVar[str] = "evaluator"
    example: ClassVar[str] = "{score: 0.8, evaluators: [tone-judge], tools: [publish]}"
    reads: ClassVar[str] = "the facts `score` and `evaluator`"
    exceeds: ClassVar[str] = "never the only gate: it can refuse, it cannot allow what another rule forbids"

    score: Share
    evaluators: tuple[Word, ...] = ()

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        poor = unless_stated("score", at_least(self.score))
        unknown = unless_stated("evaluator", one_of(self.evaluators)) if self.evaluators else ""
        told = f"This needs a score of {self.score:g} first."
        yield self.refuse(rule, either(poor, unknown), told, kinds=ANSWER)


class DisclosureRequired(Guarded, frozen=True, kw_only=True):
    """Whoever reads it must have been told that it comes from an AI."""

    category: ClassVar[str] = "compliance"
    example: ClassVar[str] = "{effects: [send]}"
    reads: ClassVar[str] = "the fact `disclosed`"
    exceeds: ClassVar[str] = "the pack `regulated` joins it to two approvers, retention and residency"

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        when = unless_stated("disclosed", lambda it: it)
        told = "Say first that this comes from an AI."
        yield self.refuse(rule, when, told, kinds=ANSWER)


class UntrustedNever(Guarded, frozen=True, kw_only=True):
    """A session that has read untrusted content may not do this."""

    category: ClassVar[str] = "injection"
    example: ClassVar[str] = "{effects: [execute, destroy], otherwise: approve}"
    reads: ClassVar[str] = "labels that everything the session read has brought"
    exceeds: ClassVar[str] = "by where text came from, not by what it looks like; no wording gets around it"

    labels: Some = ("untrusted",)

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        when = labelled(self.labels)
        yield self.refuse(rule, when, "This session has read what anybody may have written.")


class TicketRequired(Guarded, frozen=True, kw_only=True):
    """Only with a ticket, and only if the records are kept long enough."""

    category: ClassVar[str] = "audit"
    example: ClassVar[str] = "{tickets: 'OPS-*', retention_days: 180, effects: [destroy]}"
    reads: ClassVar[str] = "the facts `ticket` and `retention_days`"
    exceeds: ClassVar[str] = "the record itself is in a log that shows every change to it"

    tickets: Annotated[str, msgspec.Meta(min_length=1)] = "*"
    """What a ticket looks like, with `*`; empty asks for none."""
    retention_days: Count | None = None

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        days = self.retention_days
        named = unless_stated("ticket", lambda it: both(f'{it} != ""', f"{it} like {_quoted(self.tickets)}"))
        yield self.refuse(rule, named, "This needs a ticket.")
        if days is not None:
            kept = unless_stated("retention_days", lambda it: f"{it} >= {days}")
            told = f"Records of this must be kept for {days} days."
            yield self.refuse(f"{rule}/retention", kept, told)


def _quoted(text: str) -> str:
    return quote_all([text])[1:-1]
