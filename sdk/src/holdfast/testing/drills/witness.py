"""What the ledgers of a governed half say: which rule stopped it, and whether every record verifies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple, Self

from holdfast.decision import Verdict
from holdfast.record import DecisionRecord, decode_leaf
from holdfast.record.ledger import Reader, verify

STOPS: Final = (Verdict.HALT, Verdict.DENY, Verdict.ASK)
"""Verdicts that stop an action, strictest first."""
RECORDS_MAX: Final = 10_000


class Witness(NamedTuple):
    """The ledgers' testimony."""

    rule: str | None = None
    """The first rule of the first decision that was strictest."""
    ok: bool | None = None

    @classmethod
    def read(cls, data: Path) -> Self:
        """Hear every ledger in a data folder; an absent one has nothing to say."""
        if not (data / "ledger").is_dir():
            return cls()
        decisions = list(_decisions(data))
        strictest = (
            decision for verdict in STOPS for decision in decisions if decision.verdict == verdict.value
        )
        stop = next(strictest, None)
        return cls(stop.rules[0] if stop and stop.rules else None, verify(data).ok)


def _decisions(data: Path) -> Iterator[DecisionRecord]:
    logs = sorted((data / "ledger").iterdir(), key=lambda folder: folder.stat().st_mtime_ns)
    for log in logs:
        for _, leaf in Reader(log).records(0, RECORDS_MAX):
            record = decode_leaf(leaf)
            if isinstance(record, DecisionRecord):
                yield record
