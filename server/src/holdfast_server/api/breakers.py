"""`/v1/breakers`: what is down, in which processes, and closing it by hand."""

from __future__ import annotations

from fastapi import APIRouter

from holdfast_server.api.door import Wired
from holdfast_server.decision.breakers.breaker import Breaker, BreakerList, Report, ResetAsk, Scope

router = APIRouter(prefix="/v1/breakers", tags=["breakers"])


@router.get("")
async def list_breakers(services: Wired) -> BreakerList:
    """Every breaker that is not closed or has failures, the worst first."""
    return services.breakers.all()


@router.post("", status_code=204)
async def report_breakers(services: Wired, body: Report) -> None:
    """A process says how its breakers stand."""
    await services.breakers.report(body)


@router.post("/{scope}/{name:path}/reset")
async def reset_breaker(services: Wired, scope: Scope, name: str, body: ResetAsk) -> Breaker:
    """Close it in every process that listens; the answer is how it stood."""
    return await services.breakers.reset(scope, name, by=body.by)
