"""`/v1/events` for the console and `/v1/control` for SDKs: server-sent events."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query
from fastapi.responses import StreamingResponse

from holdfast_server.api.door import Wired
from holdfast_server.decision.control.kill import SeenNote

router = APIRouter(prefix="/v1", tags=["streams"])

_STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/event-stream": {}}, "description": "Server-sent events"}
}
_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


@router.get("/events", response_class=StreamingResponse, responses=_STREAM)
async def events(
    services: Wired, last_event_id: Annotated[str, Header(max_length=64)] = ""
) -> StreamingResponse:
    """What changes, as it changes; `Last-Event-ID` resumes, `resync` says that something was missed."""
    frames = services.hub.follow(last_event_id)
    return StreamingResponse(frames, media_type="text/event-stream", headers=_HEADERS)


@router.get("/control", response_class=StreamingResponse, responses=_STREAM)
async def control(
    services: Wired, process: Annotated[str, Query(min_length=1, max_length=256)]
) -> StreamingResponse:
    """What an SDK must know at once: kills and the bundle in force."""
    frames = services.control.follow(process)
    return StreamingResponse(frames, media_type="text/event-stream", headers=_HEADERS)


@router.post("/control/seen", status_code=204)
async def seen(services: Wired, body: SeenNote) -> None:
    """A process took a kill in."""
    await services.kills.seen(body)
