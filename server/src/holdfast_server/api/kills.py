"""`/v1/kills`: stop now, and lift again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query

from holdfast_server.api.door import Paged, Wired
from holdfast_server.decision.control.kill import Kill, KillAsk, LiftAsk
from holdfast_server.kit.paging import Page

router = APIRouter(prefix="/v1/kills", tags=["kills"])


@router.get("")
async def list_kills(services: Wired, page: Paged, active: Annotated[bool, Query()] = False) -> Page[Kill]:
    """Kills, newest first; `active` leaves the lifted ones out."""
    return await services.kills.page(page, active=active)


@router.post("", status_code=201)
async def kill(
    services: Wired, body: KillAsk, idempotency_key: Annotated[str | None, Header(max_length=256)] = None
) -> Kill:
    """Stop everything in the scope."""
    return await services.kills.order(body, key=idempotency_key)


@router.delete("/{kill_id}")
async def lift(services: Wired, kill_id: str, body: LiftAsk) -> Kill:
    """Let it act again."""
    return await services.kills.lift(kill_id, by=body.by)
