"""The envelope in which a process ships the leaves of its ledger."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from holdfast_server.kit.wire import Ask, Name, Wire

RECORDS_MAX = 5000
"""How many records one envelope may carry."""


class ProcessNote(Ask):
    """Which process speaks."""

    id: Name = Field(min_length=1)
    pid: int = 0
    host: Name = ""
    sdk: Name = ""
    started_at_ns: int = 0


class DroppedNote(Ask):
    """What the process had to drop; counted, never silent."""

    spans: int = Field(default=0, ge=0)
    records: int = Field(default=0, ge=0)


class RecordNote(Ask):
    """One leaf, byte for byte, and the redacted payload that explains it."""

    log: str = Field(pattern="^[0-9a-zA-Z_-]{1,64}$")
    index: int = Field(ge=0, le=2**53)
    leaf: str
    """The exact leaf, base64."""
    payload: dict[str, Any] = Field(default_factory=dict)


class Envelope(Ask):
    """A batch of ledger leaves from one process."""

    process: ProcessNote
    dropped: DroppedNote = DroppedNote()
    records: list[RecordNote] = Field(max_length=RECORDS_MAX)


class Received(Wire):
    """How many records are durable now."""

    accepted: int
    duplicate: int
    rejected: list[Rejected] = []
    """Records that are no leaf of a kind processes may ship; the rest was kept."""


class Rejected(Wire):
    """One record that was not kept."""

    log: str
    index: int
    reason: str


Status = Literal["done", "failed", "refused", "halted", "cancelled"]
