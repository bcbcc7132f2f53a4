"""`/v1/delegations`: hand-offs between processes, each accepted once."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Request, Response

from holdfast_server.api.lean import Lean, documented, read, services_of
from holdfast_server.decision.delegations.delegations import AcceptAsk

router = APIRouter(prefix="/v1/delegations", tags=["decisions"], route_class=Lean)

_decode = msgspec.json.Decoder(AcceptAsk).decode


@router.post("/accept", status_code=204, **documented("AcceptAsk"))
async def accept_delegation(request: Request) -> Response:
    """Accept a hand-off whose signature was verified; a second time is a conflict, in whatever process."""
    await services_of(request).delegations.accept(await read(request, _decode))
    return Response(status_code=204)
