"""The fleet at one glance: who runs, who waits, what burns."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from holdfast_server.decision.approvals.approval import Approval
from holdfast_server.decision.control.kill import Kill
from holdfast_server.kit.wire import Wire
from holdfast_server.record.runs.run import RunSummary


class FleetAgent(Wire):
    """One agent, over all its runs."""

    agent: str
    version: str
    owner: str
    state: Literal["running", "idle", "waiting", "killed"]
    running: int
    runs_today: int
    denied_today: int
    waiting: int
    cost_today_usd: float | None
    burn_usd_per_hour: float
    last_seen: datetime | None


class BurnPoint(Wire):
    """One minute's spend."""

    at: datetime
    usd: float


class Burn(Wire):
    """How fast money goes."""

    usd_per_hour: float
    """The last ten minutes, scaled to an hour."""
    today_usd: float
    unpriced_today: int
    """Model calls of today whose price is unknown."""
    series: list[BurnPoint]
    """The last sixty minutes, oldest first."""


class FleetTotals(Wire):
    """Counts over the fleet."""

    running: int
    waiting: int
    denied_today: int
    halted_today: int
    runs_today: int


class Fleet(Wire):
    """The fleet at one glance."""

    agents: list[FleetAgent]
    running: list[RunSummary]
    waiting: list[Approval]
    kills: list[Kill]
    burn: Burn
    totals: FleetTotals
