"""`/v1/rates`: permits of calls whose rate holds for all processes."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Request, Response

from holdfast.decision.permits import PermitAsks
from holdfast_server.api.lean import Lean, answer, documented, read, services_of

router = APIRouter(prefix="/v1/rates", tags=["decisions"], route_class=Lean)

_decode = msgspec.json.Decoder(PermitAsks).decode


@router.post("/permits", **documented("PermitAsks", "Permitted"))
async def permit(request: Request) -> Response:
    """A permit of each rate that a call counts in, or of none; each is good for a moment only."""
    return answer(await services_of(request).rates.permit(await read(request, _decode)))
