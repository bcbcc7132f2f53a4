"""`/v1/retention` and `/v1/holds`: how long what is kept, and what no rule may touch."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from holdfast_server.api.door import Wired
from holdfast_server.record.retention.rule import (
    Hold,
    HoldAsk,
    Kind,
    ReleaseAsk,
    RetentionView,
    Rule,
    RuleAsk,
    Swept,
)

router = APIRouter(prefix="/v1", tags=["retention"])


@router.get("/retention")
async def retention(services: Wired) -> RetentionView:
    """The rules, the holds in force, what is kept now, and how much room there is."""
    return await services.retention.view()


@router.put("/retention/{kind}")
async def set_retention(services: Wired, kind: Kind, body: RuleAsk) -> Rule:
    """Keep a class so long from now on; it stands in the ledger who said so."""
    return await services.retention.set_rule(kind, body)


@router.post("/retention/sweep")
async def sweep(services: Wired, dry: Annotated[bool, Query()] = False) -> Swept:
    """Delete what is past its time now, rather than within the hour; `dry` only says what that is."""
    return await services.retention.sweep(dry=dry)


@router.post("/holds", status_code=201)
async def hold(services: Wired, body: HoldAsk) -> Hold:
    """Keep an agent's, a session's, a run's or all spans, whatever the rules say."""
    return await services.retention.hold(body)


@router.delete("/holds/{hold_id}")
async def release(services: Wired, hold_id: str, body: ReleaseAsk) -> Hold:
    """Let the rules have it again."""
    return await services.retention.release(hold_id, by=body.by)
