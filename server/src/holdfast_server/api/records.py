"""`/v1/records`: the leaves of the agents' ledgers arrive."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Request

from holdfast.record import Envelope
from holdfast_server.api.body import read_body
from holdfast_server.api.door import Wired
from holdfast_server.errors import Invalid
from holdfast_server.record.records import Received

router = APIRouter(tags=["records"])

INFLATED_TIMES = 8
"""How much larger than its limit an envelope may be once inflated."""

_decode = msgspec.json.Decoder(Envelope).decode


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
    most = services.settings.limits.records_bytes
    body = await read_body(request, compressed_max=most, max_bytes=most * INFLATED_TIMES)
    try:
        envelope = _decode(body)
    except msgspec.MsgspecError as error:
        raise Invalid(f"the body is not an envelope of records: {error}") from error
    return await services.records.receive(envelope)
