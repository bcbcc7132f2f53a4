"""`/v1/traces` and `/v1/logs`: OTLP over HTTP, protobuf and JSON."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from holdfast_server.action.otlp.answer import encode_answer
from holdfast_server.action.otlp.decode import JSON, PROTOBUF, Arrived, decode
from holdfast_server.action.otlp.frames import Kind, digest_of
from holdfast_server.api.body import inflate, media_type, read_encoded
from holdfast_server.api.door import Wired
from holdfast_server.kit.clock import system_clock
from holdfast_server.services import Services

router = APIRouter(tags=["traces"])

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
