"""`/v1/views`: searches that were given a name."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from holdfast_server.api.door import Wired
from holdfast_server.insight.search.fields import NounName
from holdfast_server.insight.search.view import View, ViewAsk, ViewEdit, ViewList

router = APIRouter(prefix="/v1/views", tags=["search"])


@router.get("")
async def list_views(services: Wired, noun: Annotated[NounName | None, Query(alias="in")] = None) -> ViewList:
    """Saved views, by name."""
    return await services.views.list(noun)


@router.post("", status_code=201)
async def save_view(services: Wired, body: ViewAsk) -> View:
    """Give a query a name."""
    return await services.views.save(body)


@router.get("/{view}")
async def get_view(services: Wired, view: str) -> View:
    """One saved view; its link goes on to work when it is renamed."""
    return await services.views.get(view)


@router.patch("/{view}")
async def edit_view(services: Wired, view: str, body: ViewEdit) -> View:
    """Rename it, or change what it finds."""
    return await services.views.edit(view, body)


@router.delete("/{view}")
async def delete_view(services: Wired, view: str) -> View:
    """Forget it."""
    return await services.views.delete(view)
