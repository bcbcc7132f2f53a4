"""`/v1/traces` and `/v1/logs`: OTLP over HTTP, protobuf and JSON."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from holdfast_server.action.otlp.answer import encode_answer
from holdfast_server.action.otlp.decode import JSON, PROTOBUF, Arrived, decode
from holdfast_server.action.otlp.frames import Kind, digest_of
from holdfast_server.api.body import inflate, media_type, read_encoded
from holdfast_server.api.door import Wired
from holdfast_server.kit.clock import system_clock
from holdfast_server.kit.paging import LIMIT_DEFAULT, Limit
from holdfast_server.kit.wire import Wire, at
from holdfast_server.record.spans.log import Log
from holdfast_server.services import Services

router = APIRouter(tags=["traces"])


class LogLine(Wire):
    """One log record."""

    trace: str
    """Empty, like `step`, where it was said outside of any span."""
    step: str
    at: datetime
    name: str
    """The event's name; empty for a plain line."""
    severity: str
    body: str
    """JSON; a text as it is."""
    attributes: dict[str, str]
    scope: str


class LogLines(Wire):
    """What was said, the oldest first, up to the limit."""

    items: list[LogLine]


ASIDE_FROM: Final = 32 * 1024
"""A larger body is inflated and read in a thread: other requests go on meanwhile."""
_BINARY: Final[dict[str, Any]] = {"schema": {"type": "string", "format": "binary"}}
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "Durable; partialSuccess names what was not", "content": {PROTOBUF: _BINARY}}
}
_ASKS: Final[dict[str, Any]] = {
    "requestBody": {"required": True, "content": {PROTOBUF: _BINARY, JSON: {"schema": {"type": "object"}}}}
}


@router.post("/v1/traces", responses=_ANSWERS, openapi_extra=_ASKS)
async def traces(services: Wired, request: Request) -> Response:
    """Take spans in; what a 200 accepted survives a kill of this process."""
    return await _take(services, request, "traces")


@router.post("/v1/logs", responses=_ANSWERS, openapi_extra=_ASKS)
async def logs(services: Wired, request: Request) -> Response:
    """Take log records in; what was said inside of a span becomes an event of it, before or after it came."""
    return await _take(services, request, "logs")


@router.get("/v1/logs")
async def list_logs(
    services: Wired,
    trace: Annotated[str, Query(max_length=32)],
    step: Annotated[str, Query(max_length=16)] = "",
    limit: Limit = LIMIT_DEFAULT,
) -> LogLines:
    """What was said in a trace, or in one step of it, in its order."""
    found = await services.intake.list_logs(trace, span_id=step, limit=limit)
    return LogLines(items=[_line(one) for one in found])


def _line(log: Log) -> LogLine:
    told = {"trace": log.trace_id, "step": log.span_id, "at": at(log.at_ns), "scope": log.scope}
    said = {"name": log.name, "severity": log.severity, "body": log.body, "attributes": log.attributes}
    return LogLine.model_validate(told | said)


async def _take(services: Services, request: Request, kind: Kind) -> Response:
    media = media_type(request, allowed=(PROTOBUF, JSON))
    limits = services.settings.limits
    body, encoding = await read_encoded(request, max_bytes=limits.otlp_bytes)

    def read() -> Arrived:
        whole = inflate(body, encoding, limits.otlp_inflated_bytes)
        return decode(whole, media, kind, now_ns=system_clock(), digest=digest_of(body))

    arrived = await asyncio.to_thread(read) if len(body) > ASIDE_FROM else read()
    rejected = await services.intake.take(arrived)
    return Response(encode_answer(rejected, media, kind), media_type=media)
