"""From evidence to a ranking of steps, and the guesses that it must be better than.

A step's score is the sum of the weights of what speaks against it; of two with one score the earlier stands
first. The weights are how often, in half of the published runs of `bench/attribution`, the first act of its
kind was the one that people called decisive, rounded; what those runs do not hold (contracts, rules) is set
by what it is: a fact on record, not a guess about words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final, Literal

import msgspec

from holdfast_server.insight.attribution.act import Acts
from holdfast_server.insight.attribution.evidence import EvidenceKind, Finding

WEIGHTS: Final[Mapping[EvidenceKind, float]] = {
    "contradicted": 0.9,
    "policy": 0.7,
    "invented": 0.5,
    "error": 0.45,
    "unsupported": 0.25,
    "divergence": 0.2,
    "undone": 0.2,
    "basis": 0.2,
    "asked_again": 0.15,
    "repeat": 0.1,
}

Baseline = Literal["first_step", "last_step", "first_error"]


class Ranked(msgspec.Struct, frozen=True):
    """An act with everything that speaks against it."""

    place: int
    score: float
    findings: tuple[Finding, ...]


def rank(findings: Sequence[Finding], weights: Mapping[EvidenceKind, float] = WEIGHTS) -> list[Ranked]:
    """Acts that something speaks against, the most likely turn first."""
    by_place: defaultdict[int, list[Finding]] = defaultdict(list)
    for one in findings:
        by_place[one.place].append(one)
    ranked = [
        Ranked(place, sum(weights[one.kind] for one in some), tuple(some)) for place, some in by_place.items()
    ]
    return sorted(ranked, key=lambda one: (-one.score, one.place))


def guess(acts: Acts) -> dict[Baseline, int]:
    """What one would say without looking: places by the name of the guess."""
    own = [place for place, act in enumerate(acts) if act.kind != "person"]
    failed = [place for place, act in enumerate(acts) if act.error]
    said: dict[Baseline, int] = {}
    if own:
        said |= {"first_step": own[0], "last_step": own[-1]}
    if failed:
        said["first_error"] = failed[0]
    return said
