"""Coverage as it is shown."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from holdfast_server.kit.wire import Wire

Kind = Literal["tool", "agent", "model", "call"]


class Gap(Wire):
    """Something that was seen and is not governed, or not wholly."""

    kind: Kind
    name: str
    why: str
    calls: int
    last_seen: datetime | None
    next_step: str


class Coverage(Wire):
    """How much of what agents do passes the guard."""

    share: float
    """Governed calls among those seen; 1 when nothing was seen."""
    seen: int
    """Calls of tools and models in the window."""
    governed: int
    """Those that were decided, by a contract and a policy, and enforced."""
    since: datetime
    gaps: list[Gap]
    """Most calls first."""
    problem: str = ""
    """Why the spans could not be asked; then only decisions were counted."""
