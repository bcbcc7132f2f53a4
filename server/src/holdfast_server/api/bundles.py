"""`/v1/bundles`: the rules that judge in agents arrive, so that their decisions can be explained here."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Request

from holdfast.record.bundles import KeptBundle
from holdfast_server.api.body import read_body
from holdfast_server.api.door import Wired
from holdfast_server.errors import Invalid

router = APIRouter(prefix="/v1/bundles", tags=["policies"])

_decode = msgspec.json.Decoder(KeptBundle).decode


@router.post(
    "",
    status_code=204,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/KeptBundle"}}},
        }
    },
)
async def keep_bundle(services: Wired, request: Request) -> None:
    """Keep a bundle by its hash; it is believed only if it has that hash when it is compiled again."""
    most = services.settings.limits.body_bytes
    body = await read_body(request, compressed_max=most, max_bytes=most)
    try:
        kept = _decode(body)
    except msgspec.MsgspecError as error:
        raise Invalid(f"the body is not a bundle: {error}") from error
    await services.kept.keep(kept)
