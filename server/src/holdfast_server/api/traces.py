"""`/v1/traces`: OTLP over HTTP, protobuf and JSON."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request, Response

from holdfast_server.action.otlp.answer import encode_answer
from holdfast_server.action.otlp.decode import JSON, PROTOBUF, decode
from holdfast_server.api.body import media_type, read_body
from holdfast_server.api.door import Wired
from holdfast_server.kit.clock import system_clock

router = APIRouter(tags=["traces"])

_BINARY: Final[dict[str, Any]] = {"schema": {"type": "string", "format": "binary"}}


@router.post(
    "/v1/traces",
    responses={
        200: {"description": "Durable; partialSuccess names what was not", "content": {PROTOBUF: _BINARY}}
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {PROTOBUF: _BINARY, JSON: {"schema": {"type": "object"}}},
        }
    },
)
async def traces(services: Wired, request: Request) -> Response:
    """Take spans in; what a 200 accepted survives a kill of this process."""
    kind = media_type(request, allowed=(PROTOBUF, JSON))
    limits = services.settings.limits
    body = await read_body(request, compressed_max=limits.otlp_bytes, max_bytes=limits.otlp_inflated_bytes)
    rejected = await services.intake.take(decode(body, kind, now_ns=system_clock()))
    return Response(encode_answer(rejected, kind), media_type=kind)
