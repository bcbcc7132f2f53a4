"""A kill: nothing in its scope acts until it is lifted."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from holdfast_server.kit.wire import Ask, Name, Note, Wire

Scope = Literal["org", "agent", "session", "run", "tool", "model"]


class KillSeen(Wire):
    """One process that took a kill in."""

    process: str
    latency_ms: float


class Kill(Wire):
    """An order to stop."""

    id: str
    scope: Scope
    target: str
    """Empty for `org`: everything."""
    reason: str
    by: str
    at: datetime
    lifted_at: datetime | None
    lifted_by: str
    seen: list[KillSeen]


class KillAsk(Ask):
    """What to stop, why, and who says so."""

    scope: Scope
    target: Name = ""
    reason: Note = ""
    by: Name = Field(min_length=1)


class LiftAsk(Ask):
    """Who lifts a kill."""

    by: Name = Field(min_length=1)


class SeenNote(Ask):
    """A process says that it took a kill in."""

    process: Name
    kill: Name
    latency_ms: float = Field(ge=0)
