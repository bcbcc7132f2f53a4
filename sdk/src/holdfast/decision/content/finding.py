"""What a detector says about a text: this stretch of it looks like that."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from enum import StrEnum
from typing import Final

import msgspec


class Family(StrEnum):
    """What a finding is about. Each family is also the label that a session gets when it comes in."""

    SECRET = "secret"  # noqa: S105  # the family's name
    PII = "pii"
    INJECTION = "injection"
    INVISIBLE = "invisible"


EVERYTHING: Final = frozenset(Family)
SECRETS: Final = frozenset((Family.SECRET,))
TEXT_MAX: Final = 256 * 1024
"""Longer text is read so far; who lets text through must cut it there, too."""


class Finding(msgspec.Struct, frozen=True):
    """One stretch of text that a detector recognised; never holds the text itself."""

    family: Family
    kind: str
    """What it is: `email`, `github-token`, `override`."""
    start: int
    end: int
    confidence: float
    """How often a finding of this rule is right, as far as its authors know: 0 to 1."""
    rule: str
    """Which rule found it: `secret/format`, `pii/luhn`."""


def settle(found: list[Finding]) -> tuple[Finding, ...]:
    """The findings in the order of the text; of two about the same thing that overlap, the better stays."""
    if len(found) < 2:  # nothing to settle
        return tuple(found)
    kept: list[Finding] = []
    taken: dict[object, list[int]] = {}
    for each in sorted(found, key=_rank):
        # Where stretches that are taken begin and end, in turn.
        edges = taken.setdefault(_matter(each), [])
        at = bisect_right(edges, each.start)
        if at % 2 == 0 and at == bisect_left(edges, each.end):
            edges[at:at] = (each.start, each.end)
            kept.append(each)
    return tuple(sorted(kept, key=lambda each: each.start))


def _rank(found: Finding) -> tuple[bool, int, float]:
    """Secrets first, then what covers more, then what is surer."""
    return found.family is not Family.SECRET, found.start - found.end, -found.confidence


def _matter(found: Finding) -> object:
    """What the characters are is one matter; that they are hidden, or an order, is another."""
    return _VALUES if found.family in _VALUES else found.family


_VALUES: Final = frozenset((Family.SECRET, Family.PII))
