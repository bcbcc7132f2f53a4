"""`/v1/costs`: what was spent, by whom and on what, and over time."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from holdfast_server.api.door import Paged, Wired
from holdfast_server.api.tabled import AsCsv, answer
from holdfast_server.insight.costs.period import Every, Period
from holdfast_server.insight.costs.view import By, Costs, Series
from holdfast_server.insight.costs.wanted import Wanted
from holdfast_server.services import Services

router = APIRouter(prefix="/v1/costs", tags=["costs"])

Word = Annotated[str, Query(max_length=256)]


def _period(
    request: Request,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    time_zone: Annotated[str, Query(max_length=64)] = "UTC",
) -> Period:
    services: Services = request.app.state.services
    return services.money.spending.period(since, until, zone=time_zone)


def _wanted(  # noqa: PLR0917  # query parameters are named
    agent: Word = "",
    version: Word = "",
    team: Word = "",
    workflow: Word = "",
    tool: Word = "",
    model: Word = "",
    customer: Word = "",
    release: Word = "",
    tag: Word = "",
    run: Word = "",
) -> Wanted:
    return Wanted(agent, version, team, workflow, tool, model, customer, release, tag, run)


Asked = Annotated[Period, Depends(_period)]
Filtered = Annotated[Wanted, Depends(_wanted)]


@router.get("", response_model=Costs)
async def costs(
    services: Wired, page: Paged, *, by: By = "agent", period: Asked, wanted: Filtered, as_csv: AsCsv
) -> Any:
    """Costs by one name, the dearest first, and what a success costs with the failures paid for."""
    return answer(await services.money.spending.costs(by, period, wanted, page), as_csv=as_csv)


@router.get("/series", response_model=Series)
async def cost_series(
    services: Wired,
    *,
    by: By | None = None,
    every: Every = "day",
    period: Asked,
    wanted: Filtered,
    as_csv: AsCsv,
) -> Any:
    """Costs by the hour, day, week or month of a calendar; what is not known is null, never zero."""
    return answer(await services.money.spending.series(by, every, period, wanted), as_csv=as_csv)
