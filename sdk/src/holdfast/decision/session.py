"""What is remembered between the actions of one session."""

from __future__ import annotations

from typing import Any

import msgspec

from holdfast.action import Action
from holdfast.decision.outcome import Outcome
from holdfast.decision.verdict import Decision, Verdict


class Latch(msgspec.Struct, frozen=True, gc=False):
    """Why everything after this point is halted."""

    rule: str
    message: str


class Session:
    """The state of one session; `decide` only reads it, the guard changes it under its lock."""

    __slots__ = ("endorsed", "id", "labels", "latch", "person")

    def __init__(self, id: str, *, person: str = "") -> None:  # noqa: A002  # the session's own word for itself
        self.id = id
        self.person = person
        self.labels: frozenset[str] = frozenset()
        self.endorsed: set[str] = set()
        self.latch: Latch | None = None

    def take(self, action: Action, decision: Decision) -> None:
        """After deciding: place the holds, remember the signature, latch a halt."""
        if decision.verdict is Verdict.HALT:
            self.latch = Latch(decision.reasons[0].rule, decision.message)

    def settle(self, action: Action, decision: Decision, outcome: Outcome) -> None:
        """After running: join labels, endorse trusted results, settle or release the holds."""

    def endorse(self, text: str) -> None:
        """Let every value in `text` be chosen for a critical argument: the person said it."""
        self.endorsed.update(text.casefold().split())

    def snapshot(self) -> dict[str, Any]:
        """The state as plain JSON data, for people to look at."""
        return {"id": self.id, "person": self.person, "labels": sorted(self.labels), "budgets": []}
