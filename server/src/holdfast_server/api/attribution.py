"""`/v1/runs/{run}/attribution`: where a run turned."""

from __future__ import annotations

from fastapi import APIRouter

from holdfast_server.api.door import Wired
from holdfast_server.insight.attribution.view import Attribution

router = APIRouter(tags=["runs"])


@router.get("/v1/runs/{run}/attribution")
async def attribution(services: Wired, run: str, *, ask: bool = False) -> Attribution:
    """Where a run turned: what speaks against which step, ranked, beside what one would guess.

    With `ask`, the judge is asked too, where one is set up.
    """
    return await services.attributions.of(run, ask=ask)
