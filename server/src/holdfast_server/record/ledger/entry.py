"""The server's ledger as it is shown: entries, checkpoints, receipts, reports."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from holdfast_server.kit.wire import Wire


class LedgerEntry(Wire):
    """One leaf of the log, decoded."""

    index: int
    type: str
    at: datetime
    agent: str
    run: str
    step: str
    target: str
    verdict: str
    rules: list[str]
    status: str
    leaf_hash: str
    record: dict[str, Any]


class CheckpointView(Wire):
    """The log's newest signed state."""

    origin: str
    size: int
    root: str
    note: str
    """A C2SP signed note."""
    key: str
    """The public key that signed it."""


class ReceiptView(Wire):
    """Proof that one leaf stands in the log."""

    index: int
    leaf_hash: str
    leaf: str
    """The exact bytes, base64."""
    size: int
    root: str
    proof: list[str]
    """Hashes from the leaf up to the root, hex (RFC 6962)."""
    checkpoint: str
    text: str
    """All of it in the C2SP tlog-proof form; `holdfast verify` reads it."""


class VerifyReport(Wire):
    """What came of re-reading every byte of the log."""

    ok: bool
    size: int
    root: str
    bad_index: int | None
    error: str
    took_ms: float
