"""A breaker as it is shown: what it stands before, where it is, and in which processes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from holdfast_server.kit.wire import Ask, Name, Note, Wire

Scope = Literal["tool", "model", "dependency"]
State = Literal["closed", "open", "half-open"]
REPORTED_MAX = 1_000
"""Breakers that one process may report."""


class Reported(Ask):
    """One breaker of one process."""

    scope: Scope
    name: Name
    state: State
    failures: int = Field(ge=0)
    opened_at: datetime | None = None
    retry_at: datetime | None = None
    reason: Note = ""


class Report(Ask):
    """Every breaker of one process that is not closed or has failures; replaces what it said before."""

    process: Name = Field(min_length=1)
    items: Annotated[list[Reported], Field(max_length=REPORTED_MAX)]


class Breaker(Wire):
    """One breaker over all processes: the worst state counts."""

    scope: Scope
    name: str
    state: State
    failures: int
    """Since it was last closed, in all processes together."""
    opened_at: datetime | None
    """When it opened first."""
    retry_at: datetime | None
    """When the next probe may go, wherever that is first."""
    reason: str
    processes: list[str]
    """Where it is not closed."""


class BreakerList(Wire):
    """Every breaker that is not closed or has failures, the worst first."""

    items: list[Breaker]


class ResetAsk(Ask):
    """Who closes a breaker."""

    by: Name = Field(min_length=1)
