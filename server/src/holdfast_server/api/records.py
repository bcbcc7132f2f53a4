"""`/v1/records`: the leaves of the agents' ledgers arrive."""

from __future__ import annotations

from fastapi import APIRouter, Request

from holdfast_server.api.body import parse_json, read_body
from holdfast_server.api.door import Wired
from holdfast_server.record.envelope import Envelope, Received

router = APIRouter(tags=["records"])


@router.post(
    "/v1/records",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Envelope"}}},
        }
    },
)
async def receive(services: Wired, request: Request) -> Received:
    """Keep leaves; the answer comes when they are durable. Sending one twice is the same as once."""
    limits = services.settings.limits
    body = await read_body(request, compressed_max=limits.records_bytes, max_bytes=limits.records_bytes * 4)
    return await services.records.receive(parse_json(body, Envelope))
