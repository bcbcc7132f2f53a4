"""`/v1/coverage`: what is governed, and what is not."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from holdfast_server.api.door import Wired
from holdfast_server.insight.coverage.coverage import DAYS
from holdfast_server.insight.coverage.view import Coverage

router = APIRouter(tags=["coverage"])


@router.get("/v1/coverage")
async def coverage(services: Wired, days: Annotated[int, Query(ge=1, le=90)] = DAYS) -> Coverage:
    """What was seen without a contract, a policy or a guard, as one number and a list."""
    return await services.coverage.look(days=days)
