"""`/v1/bundle`: the policies in force."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Response

from holdfast_server.api.door import Wired
from holdfast_server.decision.policies.bundle import BundleView

router = APIRouter(tags=["policies"])


@router.get("/v1/bundle", response_model=BundleView, responses={304: {"description": "You have it already"}})
async def bundle(
    services: Wired, response: Response, if_none_match: Annotated[str | None, Header()] = None
) -> BundleView | Response:
    """The bundle in force, with its sources; cached by ETag."""
    view = services.policies.view()
    tag = f'"{services.policies.tag}"'
    if if_none_match == tag:
        return Response(status_code=304, headers={"ETag": tag})
    response.headers["ETag"] = tag
    return view
