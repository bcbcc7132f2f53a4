"""`/v1/fleet`: who runs, who waits, what burns."""

from __future__ import annotations

from fastapi import APIRouter

from holdfast_server.api.door import Wired
from holdfast_server.insight.fleet.view import Fleet

router = APIRouter(tags=["fleet"])


@router.get("/v1/fleet")
async def fleet(services: Wired) -> Fleet:
    """The fleet at one glance."""
    return await services.fleet.look()
