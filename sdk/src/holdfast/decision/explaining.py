"""Why a decision came out as it did, for the person who asks."""

from __future__ import annotations

import msgspec

from holdfast.action import Action
from holdfast.decision.bundle import Bundle
from holdfast.decision.verdict import Decision


class Section(msgspec.Struct, frozen=True):
    """One paragraph of an explanation."""

    title: str
    text: str


class Explanation(msgspec.Struct, frozen=True):
    """An explanation, paragraph by paragraph."""

    sections: tuple[Section, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """The explanation as lines of text."""
        return tuple(f"{s.title}: {s.text}" for s in self.sections)


def explain(decision: Decision, bundle: Bundle, action: Action) -> Explanation:
    """Say which rules spoke, on what, and what would change the verdict."""
    verdict = Section(
        "Verdict", f"{decision.verdict}: {decision.message} ({action.target}, {bundle.hash[:12]})"
    )
    return Explanation((verdict,))
