"""What the ledgers of a governed half say: which rule stopped it, and whether every record verifies."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple, Self

from holdfast.decision import Verdict
from holdfast.record.ledger import verify
from holdfast.testing.decisions import read_decisions

STOPS: Final = (Verdict.ASK, Verdict.DENY, Verdict.HALT)
"""Verdicts under which an action does not run."""


class Witness(NamedTuple):
    """The ledgers' testimony."""

    rule: str | None = None
    """What halted the run, or else what first stopped an action."""
    ok: bool | None = None

    @classmethod
    def read(cls, data: Path) -> Self:
        """Hear every ledger in a data folder; an absent one has nothing to say."""
        if not (data / "ledger").is_dir():
            return cls()
        stops = [decision for decision in read_decisions(data) if decision.verdict in STOPS]
        halts = [decision for decision in stops if decision.verdict == Verdict.HALT]
        spoke = next((decision.rules[0] for decision in (*halts, *stops) if decision.rules), None)
        return cls(spoke, verify(data).ok)
