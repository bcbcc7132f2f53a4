"""`/v1/health`: is it up, is it ready, does it keep pace."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from fastapi import APIRouter

from holdfast_server import __version__
from holdfast_server.api.door import Wired
from holdfast_server.kit.wire import Wire, at

router = APIRouter(tags=["health"])


class SpanFlow(Wire):
    """How far storing is behind accepting."""

    pending: int
    """Accepted and durable in the journal, not yet queryable."""
    stored: int
    """Stored since this process started."""
    dropped_by_processes: int
    """What SDKs said they had to drop."""


class Health(Wire):
    """The server about itself."""

    status: Literal["ok", "degraded"]
    version: str
    ready: bool
    """False until the span store is open; everything else works before."""
    started_at: datetime
    data: str
    project: str
    spans: SpanFlow
    alarms: int
    """Times that the compiled policies and stock Cedar were found to disagree; each stands in the ledger."""
    otlp_port: int | None
    """The standard OTLP port when it could be had."""
    grpc_port: int | None
    """OTLP over gRPC, when its port could be had; a moment after the start."""
    problem: str
    """Why the status is degraded; empty when it is not."""


@router.get("/v1/health")
async def health(services: Wired) -> Health:
    """Answers at once, whatever else is going on."""
    flow, problem = services.intake.flow(), services.intake.problem or services.policies.problem
    return Health(
        status="degraded" if problem else "ok",
        version=__version__,
        ready=services.intake.ready,
        started_at=at(services.started_ns),
        data=str(services.settings.data.resolve()),
        project=services.settings.project,
        spans=SpanFlow(
            pending=flow.pending, stored=flow.stored, dropped_by_processes=services.records.dropped_spans
        ),
        alarms=services.ledger.alarms,
        otlp_port=services.doors.otlp_port,
        grpc_port=services.doors.grpc_port,
        problem=problem,
    )
