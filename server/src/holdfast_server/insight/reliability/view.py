"""Reliability as it is shown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from holdfast_server.insight.costs.period import Every
from holdfast_server.kit.wire import Ask, Name, Note, Wire

Metric = Literal["task_success", "tool_validity", "tool_success", "model_success", "postconditions"]
Indicator = Literal[
    "task_success", "tool_validity", "tool_success", "model_success", "postconditions",
    "model_latency", "tool_latency", "run_cost", "run_duration",
]  # fmt: skip
Severity = Literal["page", "ticket"]


class Ratio(Wire):
    """A share with its 95 % interval (Wilson); null values where nothing was counted."""

    value: float | None
    low: float | None
    high: float | None
    good: int
    total: int


class Latency(Wire):
    """How long calls of one kind took, themselves: what people needed to answer is not in it."""

    calls: int
    mean_ms: float | None
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    """Quantiles are upper ends of buckets a fifth wide."""


class Conduct(Wire):
    """How well one agent, or one version of it, did."""

    agent: str
    version: str
    """Empty by agent."""
    runs: int
    """Ended in this time."""
    unproven: int
    """Completed, and nobody looked: in no ratio."""
    task_success: Ratio
    tool_validity: Ratio
    """Calls of tools that exist, with arguments that their contracts allow."""
    tool_success: Ratio
    model_success: Ratio
    postconditions: Ratio
    """Effects that the world was seen to show; what nobody could tell counts against it."""
    asked: int
    denied: int
    halted: int
    loops: int
    """Refused because a detector saw a loop, a storm or no progress."""
    model: Latency
    tool: Latency
    model_time_share: float | None
    """Of the time in calls, the part that models took."""


class SafeFallback(Wire):
    """From the first sign of trouble in a run to a safe state: stopped, with a person, or going on well."""

    runs: int
    """Governed runs with trouble."""
    still_open: int
    """Of them not safe yet."""
    p50_s: float | None
    p95_s: float | None
    longest_s: float | None
    longest_run: str


class Reliability(Wire):
    """How well agents did in a time."""

    since: datetime
    until: datetime
    total: Conduct
    safe_fallback: SafeFallback
    items: list[Conduct]
    next: str | None = None


class Escalation(Wire):
    """Why people were asked, or a run was stopped."""

    verdict: Literal["ask", "halt"]
    stage: str
    rule: str
    agents: list[str]
    count: int
    share: float
    last_run: str
    last_at: datetime


class Escalations(Wire):
    """Reasons of escalations, the most frequent first."""

    since: datetime
    until: datetime
    total: int
    complete: bool
    """False when there were more than could be looked at."""
    items: list[Escalation]
    next: None = None


class RatePoint(Wire):
    """One hour, day, week or month; null where nothing was counted: a gap, never zero."""

    at: datetime
    until: datetime
    value: float | None
    low: float | None
    high: float | None
    good: int
    total: int


class RateSeries(Wire):
    """One metric over time."""

    metric: Metric
    every: Every
    time_zone: str
    since: datetime
    until: datetime
    items: list[RatePoint]
    next: None = None


class SloAsk(Ask):
    """What shall hold, how often, over how long."""

    indicator: Indicator
    objective: Annotated[float, Field(gt=0, lt=1)]
    """The share that must be good: 0.99."""
    threshold: Annotated[float, Field(ge=0, le=1e9)] = 0
    """For latency and duration in seconds, for cost in USD: at most this is good."""
    agent: Name = ""
    """Empty for all of them together."""
    version: Name = ""
    days: Annotated[int, Field(ge=1, le=90)] = 28
    """The window, up to now."""
    description: Note = ""
    by: Name = ""

    @model_validator(mode="after")
    def _needs_threshold(self) -> SloAsk:
        limited = self.indicator.endswith(("_latency", "_cost", "_duration"))
        if limited and self.threshold <= 0:
            raise ValueError(f"{self.indicator} needs a threshold: what is good at most")
        if self.version and not self.agent:
            raise ValueError("a version is one of an agent; name it")
        return self


class BurnRate(Wire):
    """How fast the error budget burns: 1 spends it exactly over the window."""

    severity: Severity
    long_hours: float
    short_hours: float
    threshold: float
    long: float | None
    short: float | None
    firing: bool


class SloAlert(Wire):
    """A budget burned too fast."""

    id: str
    slo: str
    severity: Severity
    state: Literal["firing", "resolved"]
    began_at: datetime
    ended_at: datetime | None
    burn_long: float
    burn_short: float
    threshold: float


class Slo(Wire):
    """An objective, and where it stands."""

    name: str
    indicator: Indicator
    objective: float
    threshold: float
    agent: str
    version: str
    days: int
    description: str
    by: str
    since: datetime
    """When it was set, or last changed."""
    state: Literal["ok", "burning", "spent", "no data"]
    good: int
    total: int
    value: float | None
    budget: float
    """How many of `total` may be bad."""
    budget_left: float | None
    """The share of the error budget that is left; below zero it is overspent."""
    burns: list[BurnRate]
    alerts: list[SloAlert]
    """Those that fire now."""
