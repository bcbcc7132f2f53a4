"""What a worker answers by itself: whether it lives, whether it serves, and how it does."""

from __future__ import annotations

from collections.abc import Callable, Set
from typing import Final

from holdfast_server.action.llm.messages import Stats
from holdfast_server.action.llm.seam import Call, Governor, Headers, Reply, Request

_JSON: Final[Headers] = [(b"content-type", b"application/json")]
_TEXT: Final[Headers] = [(b"content-type", b"text/plain; version=0.0.4; charset=utf-8")]
_PLACES: Final = (b"/v1/", b"/v1beta/")


class Front:
    """Stands before the exchange: everything but its own three paths goes there."""

    def __init__(self, governor: Governor, *, ready: Callable[[], bool], stats: Callable[[], Stats]) -> None:
        self._governor = governor
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
                return Reply(200, _TEXT, exposition(self._stats()).encode())
        return self._governor.refuse(request.target, 404, "not_found", "There is nothing at this path.")


def exposition(stats: Stats) -> str:
    """Figures as Prometheus reads them, of this worker alone."""
    rows: list[tuple[str, str, str, float]] = [
        ("connections", "gauge", "Connections of clients.", stats.connections),
        ("streams", "gauge", "Streams under way.", stats.streams),
        ("requests_total", "counter", "Requests since the worker began.", stats.requests),
        ("resident_bytes", "gauge", "Memory of the worker.", stats.rss_mb * 1e6),
        ("shed_payloads_total", "counter", "Payloads left out of records.", stats.shed.payloads),
        ("shed_spans_total", "counter", "Spans left out of records.", stats.shed.spans),
        ("cache_hits_total", "counter", "Answers given again.", stats.cache.hits),
        ("cache_misses_total", "counter", "Cacheable requests that were sent.", stats.cache.misses),
    ]
    if stats.own_us is not None:
        rows.append(("own_seconds", "gauge", "Median time spent here on a call.", stats.own_us / 1e6))
    lines: list[str] = []
    for name, kind, text, value in rows:
        full = f"holdfast_gateway_{name}"
        lines += [f"# HELP {full} {text}", f"# TYPE {full} {kind}", f"{full} {value:g}"]
    for one in stats.providers:
        place = one.name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        label = f'{{upstream="{place}"}}'
        lines += [
            f"holdfast_gateway_upstream_open{label} {int(one.state == 'open')}",
            f"holdfast_gateway_upstream_errors_total{label} {one.errors}",
            f"holdfast_gateway_upstream_requests_total{label} {one.requests}",
        ]
    return "\n".join(lines) + "\n"
