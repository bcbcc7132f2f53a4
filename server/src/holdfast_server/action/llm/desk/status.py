"""How the gateway does, as people see it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from holdfast_server.action.llm.config import Api
from holdfast_server.action.llm.desk.report import WorkerState
from holdfast_server.kit.wire import Ask, Name, Wire

CallState = Literal[
    "waiting", "asked", "sending", "streaming", "done", "refused", "failed", "halted", "cancelled"
]
Verdict = Literal["allow", "transform", "ask", "deny", "halt", ""]


class GatewayWorker(Wire):
    """One process that serves calls."""

    name: str
    node: str
    pid: int
    state: WorkerState
    started_at: datetime
    restarts: int
    connections: int
    streams: int
    requests: int
    rate: float
    """Requests a second, lately."""
    p50_ms: float | None
    own_us: float | None
    """Median of what is spent in the gateway itself."""
    rss_mb: float
    shed: int
    """Payloads and spans that were left out of the records for want of room; never money or verdicts."""


class GatewayUpstream(Wire):
    """One model at a provider, as it does lately."""

    name: str
    """`provider/model`."""
    state: Literal["closed", "open", "half-open"]
    errors: int
    requests: int
    p50_ms: float | None
    ttft_ms: float | None


class GatewayCache(Wire):
    """What the caches did since the workers began."""

    hits: int
    misses: int
    sampled: int
    false_hits: int
    avoided_usd: float


class GatewayNode(Wire):
    """One machine's gateway."""

    name: str
    host: str
    pid: int
    url: str
    state: Literal["up", "silent"]
    version: int
    bundle: str
    waiting_bytes: int
    """Records that wait to be shipped."""
    waiting_s: float
    """How long the first of them has waited."""
    seen_at: datetime
    problems: list[str]


class GatewayStatus(Wire):
    """Everything that runs."""

    url: str
    """Where clients are sent; empty when no gateway runs."""
    nodes: list[GatewayNode]
    workers: list[GatewayWorker]
    providers: list[GatewayUpstream]
    cache: GatewayCache
    turned_away: dict[str, int]
    """Requests that became no call since the workers began, by the code of their error."""
    problem: str
    """Why there is no gateway here; empty when there is one."""
    problems: list[str]
    """What keeps parts of it from working."""


class GatewayCall(Wire):
    """One call, under way or just over."""

    id: str
    run: str
    agent: str
    key: str
    route: str
    provider: str
    model: str
    state: CallState
    streamed: bool
    began_at: datetime
    ttft_ms: float | None
    own_us: int | None
    upstream_ms: float | None
    tokens_in: int | None
    tokens_out: int | None
    cost_usd: float | None
    verdict: Verdict
    cache: Literal["exact", "semantic", ""]


class PlaygroundAsk(Ask):
    """A call to send as somebody."""

    key_id: Name = ""
    """As the holder of this key; its budget pays."""
    agent: Name = ""
    """Or as this agent, by a key that lives for some minutes."""
    route: Name = Field(min_length=1)
    """The alias or model; it takes the place of the body's own."""
    api: Api = "chat"
    body: dict[str, Any]
    by: Name = ""


class PlayedReason(Wire):
    """Why it was decided so."""

    rule: str
    message: str
    cure: str


class PlayedDecision(Wire):
    """What the gateway decided."""

    step: str
    run: str
    verdict: Verdict
    reasons: list[PlayedReason]


class Played(Wire):
    """What came back."""

    status: int
    decision: PlayedDecision | None
    body: Any
    """As JSON where it is; text otherwise."""
    headers: dict[str, str]
    ms: float
