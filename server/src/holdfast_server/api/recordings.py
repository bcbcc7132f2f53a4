"""`/v1/runs/{run}/recording`: a run, to be gone through again."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Response

from holdfast_server.api.door import Wired

router = APIRouter(tags=["runs"])


@router.get(
    "/v1/runs/{run}/recording",
    responses={
        200: {
            "description": "The recording",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Recording"}}},
        }
    },
    response_class=Response,
)
async def get_recording(services: Wired, run: str) -> Response:
    """What models answered and tools returned in a run and in those it started, in order."""
    found = await services.recordings.get(run)
    return Response(msgspec.json.encode(found), media_type="application/json")
