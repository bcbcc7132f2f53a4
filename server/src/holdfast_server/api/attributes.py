"""`/v1/attributes`: what senders say that no dialect's table lists."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from holdfast_server.api.door import Wired
from holdfast_server.insight.dialects.attributes import DAYS, StrangeAttributes
from holdfast_server.kit.paging import LIMIT_DEFAULT, LIMIT_MAX

router = APIRouter(prefix="/v1/attributes", tags=["attributes"])


@router.get("/not-understood")
async def list_not_understood(
    services: Wired,
    days: Annotated[int, Query(ge=1, le=90)] = DAYS,
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT,
) -> StrangeAttributes:
    """Names of attributes that were kept verbatim because nobody here knows what they mean."""
    return await services.attributes.not_understood(days=days, limit=limit)
