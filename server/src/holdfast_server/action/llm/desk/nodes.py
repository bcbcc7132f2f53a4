"""The gateways that were heard lately; kept in memory, because each of them tells everything every second."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from holdfast_server.action.llm.desk.report import NodeReport, WorkerReport
from holdfast_server.action.llm.desk.status import (
    GatewayCache,
    GatewayNode,
    GatewayStatus,
    GatewayUpstream,
    GatewayWorker,
)
from holdfast_server.action.llm.messages import CacheUse, Health, LiveCall, UpstreamState
from holdfast_server.kit.clock import Clock
from holdfast_server.kit.wire import NS_PER_S, at, usd

SILENT_NS: Final = 5 * NS_PER_S
GONE_NS: Final = 600 * NS_PER_S
NODES_MAX: Final = 256
NONE: Final = "No gateway is heard. `holdfast up` starts one unless gateway.port is -1."
_WORST: Final[tuple[UpstreamState, ...]] = ("open", "half-open", "closed")


class Nodes:
    """Every gateway, as it was heard last."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heard: dict[str, tuple[int, NodeReport]] = {}
        self.trouble = ""
        """Why the one beside this server does not run, when that is known."""

    def hear(self, report: NodeReport) -> None:
        """A gateway told of itself."""
        now = self._clock()
        self._heard.pop(report.name, None)
        if not report.leaving:
            self._heard[report.name] = (now, report)
        for name, (seen, _) in tuple(self._heard.items()):
            if now - seen > GONE_NS or len(self._heard) > NODES_MAX:
                del self._heard[name]

    @property
    def url(self) -> str:
        """Where the one that was heard last listens; empty when none was lately."""
        now = self._clock()
        lately = [one.url for seen, one in self._heard.values() if now - seen <= SILENT_NS and one.url]
        return lately[-1] if lately else ""

    def status(self) -> GatewayStatus:
        """Everything that runs."""
        now = self._clock()
        nodes = [_node(seen, one, now) for seen, one in self._heard.values()]
        reports = [(one.name, worker) for _, one in self._heard.values() for worker in one.workers]
        stats = [worker.stats for _, worker in reports]
        return GatewayStatus(
            url=self.url,
            nodes=nodes,
            workers=[_worker(node, worker) for node, worker in reports],
            providers=_upstreams(one for some in stats for one in some.providers),
            cache=_cache([some.cache for some in stats]),
            turned_away=dict(sum((Counter(some.turned_away) for some in stats), Counter[str]())),
            problem="" if self.url else self.trouble or NONE,
            problems=[problem for node in nodes for problem in node.problems],
        )

    def calls(self) -> list[LiveCall]:
        """What workers remember: calls under way, and the latest that ended."""
        return [
            call for _, one in self._heard.values() for worker in one.workers for call in worker.stats.calls
        ]


def _node(seen_ns: int, one: NodeReport, now_ns: int) -> GatewayNode:
    return GatewayNode(
        name=one.name,
        host=one.host,
        pid=one.pid,
        url=one.url,
        state="up" if now_ns - seen_ns <= SILENT_NS else "silent",
        version=one.version,
        bundle=one.bundle,
        waiting_bytes=one.waiting,
        waiting_s=round(one.waiting_s, 1),
        seen_at=at(seen_ns),
        problems=list(one.problems),
    )


def _worker(node: str, one: WorkerReport) -> GatewayWorker:
    stats = one.stats
    return GatewayWorker(
        name=one.name,
        node=node,
        pid=one.pid,
        state=one.state,
        started_at=at(one.started_ns),
        restarts=one.restarts,
        connections=stats.connections,
        streams=stats.streams,
        requests=stats.requests,
        rate=stats.rate,
        p50_ms=stats.p50_ms,
        own_us=stats.own_us,
        rss_mb=stats.rss_mb,
        shed=stats.shed.payloads + stats.shed.spans,
    )


def _upstreams(seen: Iterable[Health]) -> list[GatewayUpstream]:
    """One row a provider: the worst state, errors added up, the slowest median."""
    by_name: dict[str, list[Health]] = {}
    for one in seen:
        by_name.setdefault(one.name, []).append(one)
    return [
        GatewayUpstream(
            name=name,
            state=next(state for state in _WORST if any(one.state == state for one in some)),
            errors=sum(one.errors for one in some),
            requests=sum(one.requests for one in some),
            p50_ms=max((one.p50_ms for one in some if one.p50_ms is not None), default=None),
            ttft_ms=max((one.ttft_ms for one in some if one.ttft_ms is not None), default=None),
        )
        for name, some in sorted(by_name.items())
    ]


def _cache(some: Sequence[CacheUse]) -> GatewayCache:
    return GatewayCache(
        hits=sum(one.hits for one in some),
        misses=sum(one.misses for one in some),
        sampled=sum(one.sampled for one in some),
        false_hits=sum(one.false_hits for one in some),
        avoided_usd=usd(sum(one.avoided_micro_usd for one in some)) or 0.0,
    )
