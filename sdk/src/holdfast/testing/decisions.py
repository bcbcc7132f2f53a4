"""What was decided, read from the ledgers of a data folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from holdfast.record import DecisionRecord, decode_leaf
from holdfast.record.ledger import Reader

RECORDS_MAX: Final = 10_000
"""How much of one ledger is read; a test or a drill writes far less."""


def read_decisions(data: Path) -> Iterator[DecisionRecord]:
    """Every decision in a data folder, oldest ledger first."""
    ledgers = data / "ledger"
    if not ledgers.is_dir():
        return
    for log in sorted(ledgers.iterdir(), key=lambda folder: folder.stat().st_ctime_ns):
        for _, leaf in Reader(log).records(0, RECORDS_MAX):
            record = decode_leaf(leaf)
            if isinstance(record, DecisionRecord):
                yield record
