"""What a worker answers by itself: whether it lives, whether it serves, and how it does."""

from __future__ import annotations

from collections.abc import Callable, Set
from typing import Final, Literal

from holdfast_server.action.llm.messages import Health, Stats
from holdfast_server.action.llm.seam import Call, Governor, Headers, Reply, Request
from holdfast_server.kit.exposition import MEDIA_TYPE, Family, Sample, write

_JSON: Final[Headers] = [(b"content-type", b"application/json")]
_TEXT: Final[Headers] = [(b"content-type", MEDIA_TYPE.encode())]
_PLACES: Final = (b"/v1/", b"/v1beta/")


class Front:
    """Stands before the exchange: everything but its own three paths goes there."""

    def __init__(
        self, governor: Governor, *, name: str, ready: Callable[[], bool], stats: Callable[[], Stats]
    ) -> None:
        self._governor, self._name = governor, name
        self._ready = ready
        self._stats = stats
        self.refuse = governor.refuse

    @property
    def calls(self) -> Set[Call]:
        """Live ones."""
        return self._governor.calls

    def admit(self, request: Request) -> Call | Reply:
        """Answer, or let the exchange judge."""
        if request.target.startswith(_PLACES):
            return self._governor.admit(request)
        path = request.target.partition(b"?")[0]
        if request.method == b"GET":
            if path == b"/health":
                return Reply(200, _JSON, b'{"status":"ok"}')
            if path == b"/ready":
                ready = self._ready()
                return Reply(200 if ready else 503, _JSON, b'{"ready":true}' if ready else b'{"ready":false}')
            if path == b"/metrics":
                return Reply(200, _TEXT, exposition(self._name, self._stats()).encode())
        return self._governor.refuse(request.target, 404, "not_found", "There is nothing at this path.")


def exposition(worker: str, stats: Stats) -> str:
    """Figures as Prometheus reads them, of this worker alone: whichever of several answers says its name."""
    own = {"worker": worker}

    def family(name: str, kind: Literal["counter", "gauge"], told: str, *values: Sample) -> Family:
        samples = [({**own, **labels}, value) for labels, value in values]
        return Family(f"holdfast_gateway_{name}", kind, told, samples)

    def upstreams(value: Callable[[Health], float]) -> list[Sample]:
        return [({"upstream": one.name}, value(one)) for one in stats.providers]

    turned_away = [({"code": code}, count) for code, count in sorted(stats.turned_away.items())]
    families = [
        family("connections", "gauge", "Connections of clients.", ({}, stats.connections)),
        family("streams", "gauge", "Streams under way.", ({}, stats.streams)),
        family("requests_total", "counter", "Requests since the worker began.", ({}, stats.requests)),
        family("turned_away_total", "counter", "Requests that became no call, by code.", *turned_away),
        family("resident_bytes", "gauge", "Memory of the worker.", ({}, stats.rss_mb * 1e6)),
        family("shed_payloads_total", "counter", "Payloads left out of records.", ({}, stats.shed.payloads)),
        family("shed_spans_total", "counter", "Spans left out of records.", ({}, stats.shed.spans)),
        family("cache_hits_total", "counter", "Answers given again.", ({}, stats.cache.hits)),
        family(
            "cache_misses_total", "counter", "Cacheable requests that were sent.", ({}, stats.cache.misses)
        ),
        family(
            "upstream_open", "gauge", "1 while it is left alone.", *upstreams(lambda one: one.state == "open")
        ),
        family("upstream_errors_total", "counter", "Tries that failed.", *upstreams(lambda one: one.errors)),
        family("upstream_requests_total", "counter", "Tries.", *upstreams(lambda one: one.requests)),
    ]
    if stats.own_us is not None:
        told = "Median time spent here on a call."
        families.append(family("own_seconds", "gauge", told, ({}, stats.own_us / 1e6)))
    return write(families)
