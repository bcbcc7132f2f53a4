"""Costs as they are shown."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from holdfast_server.insight.costs.period import Every
from holdfast_server.kit.wire import Wire

By = Literal["agent", "version", "team", "workflow", "tool", "model", "customer", "release", "tag"]


class Spent(Wire):
    """A sum of money and of what it bought."""

    cost_usd: float | None
    """Sum of what has a price; null when nothing of it has."""
    calls: int
    """Calls that cost money, or whose price is unknown."""
    unpriced_calls: int
    """Calls without a known price: the cost is at least `cost_usd`."""
    tokens_in: int
    tokens_out: int
    cache_read_tokens: int
    cache_write_tokens: int
    reasoning_tokens: int


class PerSuccess(Wire):
    """What a success costs, the failures paid for: of runs that ended in this time."""

    succeeded: int
    failed: int
    unproven: int
    """Completed, and nobody looked whether it is true: neither a success nor a failure."""
    cost_usd: float | None
    """Cost of the succeeded and the failed, by each success; null without one."""
    low_usd: float | None
    """The same if everything unproven succeeded."""
    high_usd: float | None
    """The same if everything unproven failed; null when there would be no success."""


class CostRow(Spent):
    """The costs of one agent, one team, one model."""

    key: str
    """Empty for what names none."""
    share: float
    """Of the whole cost."""
    before_usd: float
    """In as long a time before."""
    per_success: PerSuccess | None
    """Null where a run has more than one, as of tools and models."""


class Costs(Wire):
    """Costs by one name, the dearest first."""

    by: By
    since: datetime
    until: datetime
    time_zone: str
    total: Spent
    total_before_usd: float
    per_success: PerSuccess
    overlapping: bool
    """True by tag: a call with two tags stands in two rows, so rows add up to more than the total."""
    items: list[CostRow]
    next: str | None = None
    """Pass as `cursor` for what follows; null at the end."""


class Point(Wire):
    """One hour, day, week or month."""

    at: datetime
    until: datetime
    values: list[float | None]
    """USD of each key, in their order; null before anything was recorded at all."""
    total_usd: float | None
    unpriced_calls: int


class Series(Wire):
    """Costs over time."""

    by: By | Literal[""]
    every: Every
    time_zone: str
    since: datetime
    until: datetime
    keys: list[str]
    """The dearest, and `(others)` when there are more."""
    items: list[Point]
    next: None = None


class Calibration(Wire):
    """How often intervals of this kind held when they were tried."""

    promised: float
    measured: float
    """Share of intervals that held the truth."""
    cases: int
    on: str
    """What it was measured on."""


class Forecast(Wire):
    """What something will have cost in the end."""

    subject: Literal["run", "budget", "window"]
    key: str
    """The run, the budget's account, or the agent; empty for everything."""
    at: datetime
    ends_at: datetime | None
    """The end of the window; null for a run."""
    spent_usd: float
    unpriced_calls: int
    burn_usd_per_hour: float
    expected_usd: float | None
    """Null when nothing is known that it could be told from."""
    low_usd: float
    high_usd: float | None
    method: Literal["siblings", "days", "pace", "none"]
    basis: int
    """Finished runs, days or slots of five minutes that it rests on."""
    calibration: Calibration | None
    limit_usd: float | None
    chance_over: float | None
    """How likely it ends above the limit."""
    runs_out_at: datetime | None
    """When the limit is reached at the present pace; null when not before the end."""
    note: str


class Anomaly(Wire):
    """Something that cost far more than this agent's own past says."""

    kind: Literal["run", "hour"]
    agent: str
    run: str
    """The run; empty for an hour."""
    at: datetime
    cost_usd: float
    usual_usd: float
    """The median of the baseline."""
    times: float
    """How many times the usual."""
    baseline: int
    """Runs, or hours, that it is compared with."""
    false_alarm_rate: float
    """How often something ordinary is called so: at most this share of all that is looked at."""


class Anomalies(Wire):
    """Anomalies, the latest first."""

    since: datetime
    until: datetime
    looked_at: int
    """Runs and hours that were judged."""
    learning: list[str]
    """Agents with too little of a past to be judged."""
    items: list[Anomaly]
    next: str | None = None


class WhatIfRow(Wire):
    """One model's calls, priced anew."""

    provider: str
    model: str
    calls: int
    tokens_in: int
    tokens_out: int
    cost_usd: float | None
    """What they cost, as far as that is known."""
    would_cost_usd: float | None
    """At the same tokens; null when the other model has no price."""
    difference_usd: float | None


class WhatIf(Wire):
    """The same tokens at another model's prices."""

    since: datetime
    until: datetime
    provider: str
    model: str
    price_source: str
    price_version: str
    warnings: list[str]
    cost_usd: float | None
    would_cost_usd: float | None
    difference_usd: float | None
    items: list[WhatIfRow]
    next: None = None
