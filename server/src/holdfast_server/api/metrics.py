"""`/metrics`: Holdfast and its agents for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Response

from holdfast_server import __version__
from holdfast_server.api.door import Wired
from holdfast_server.kit.exposition import MEDIA_TYPE, Family, write
from holdfast_server.kit.wire import NS_PER_S
from holdfast_server.services import Services

router = APIRouter(tags=["health"])


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(services: Wired) -> Response:
    """Counters and gauges in Prometheus's text format; the access key is needed where one is set."""
    families = [*_own(services), *await services.reliability.meters.read()]
    return Response(write(families), media_type=MEDIA_TYPE)


def _own(services: Services) -> list[Family]:
    """What Holdfast says of itself."""
    flow = services.intake.flow()

    def gauge(name: str, told: str, value: float) -> Family:
        return Family(f"holdfast_{name}", "gauge", told, [({}, value)])

    def counter(name: str, told: str, value: float) -> Family:
        return Family(f"holdfast_{name}", "counter", told, [({}, value)])

    return [
        Family("holdfast_info", "gauge", "Which version runs.", [({"version": __version__}, 1)]),
        gauge("ready", "1 once the span store is open.", int(services.intake.ready)),
        gauge("start_time_seconds", "When this process started.", services.started_ns / NS_PER_S),
        gauge("spans_pending", "Spans that are durable and not yet queryable.", flow.pending),
        counter("spans_stored_total", "Spans stored since the start.", flow.stored),
        gauge(
            "spans_dropped_by_processes", "Spans that SDKs said they dropped.", services.records.dropped_spans
        ),
        gauge("kills_active", "Kills in force.", len(services.kills.active)),
        counter("disagreements_total", "Times that two policy engines disagreed.", services.ledger.alarms),
    ]
