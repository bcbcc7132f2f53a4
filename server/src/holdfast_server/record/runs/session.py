"""A session: a conversation or a job, as the sum of its runs."""

from __future__ import annotations

from datetime import datetime

import msgspec

from holdfast_server.kit.wire import Wire
from holdfast_server.record.runs.run import RunState


class SessionSummary(Wire):
    """Everything that was done in one conversation or job."""

    id: str
    title: str
    """How its first run began."""
    state: RunState
    """`waiting` or `running` when one of its runs is; else how the newest one ended."""
    runs: int
    failed: int
    """Runs that failed, were halted or are lost."""
    agents: list[str]
    people: list[str]
    """On whose behalf."""
    started_at: datetime
    last_at: datetime
    """When something of it was last done."""
    steps: int
    model_calls: int
    tool_calls: int
    denied: int
    asked: int
    tokens_in: int
    tokens_out: int
    cost_usd: float | None
    """Sum of what could be priced; null when nothing could."""
    unpriced_calls: int


class SessionFilter(msgspec.Struct, frozen=True):
    """Which sessions are wanted; an empty field does not filter."""

    q: str = ""
    """In the id, or in the title, the agent or the person of one of its runs."""
    agents: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    """One of its runs is in one of these."""
    since_ns: int | None = None
    """Active since then."""
    until_ns: int | None = None
    """Begun before then."""
