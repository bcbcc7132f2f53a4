"""`/v1/costs`: what was spent, by whom and on what, and over time."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request

from holdfast_server.api.door import Paged, Wired
from holdfast_server.api.tabled import AsCsv, answer
from holdfast_server.errors import Invalid
from holdfast_server.insight.costs.period import Every, Period, require_zone
from holdfast_server.insight.costs.view import Anomalies, By, Costs, Forecast, Series, WhatIf
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
    request: Request,
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
    services: Services = request.app.state.services
    asked = Wanted(agent, version, team, workflow, tool, model, customer, release, tag, run)
    return services.money.teams.complete(asked)


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


@router.get("/forecast")
async def cost_forecast(
    services: Wired,
    *,
    run: Word = "",
    budget: Word = "",
    key: Word = "",
    window: Literal["day", "week", "month"] = "month",
    time_zone: Annotated[str, Query(max_length=64)] = "UTC",
    wanted: Filtered,
) -> Forecast:
    """What a run, a budget's window or a calendar window will have cost in the end, with an interval."""
    forecasts = services.money.forecasts
    if run and budget:
        raise Invalid("a forecast is of a run or of a budget, not of both", hint="Leave one of them out.")
    if run:
        return await forecasts.of_run(run)
    if budget:
        return await forecasts.of_budget(budget, key=key)
    return await forecasts.of_window(window, require_zone(time_zone), wanted)


@router.get("/anomalies", response_model=Anomalies)
async def cost_anomalies(
    services: Wired, page: Paged, *, period: Asked, wanted: Filtered, as_csv: AsCsv
) -> Any:
    """Runs and hours that cost far more than the same agent's four weeks before, with a false alarm rate."""
    return answer(await services.money.watching.look(period, wanted, page), as_csv=as_csv)


@router.get("/what-if", response_model=WhatIf)
async def cost_what_if(
    services: Wired,
    *,
    model_instead: Annotated[str, Query(min_length=1, max_length=256)],
    provider_instead: Word = "",
    period: Asked,
    wanted: Filtered,
    as_csv: AsCsv,
) -> Any:
    """The same tokens at another model's prices: `model_instead=claude-haiku-4-5`."""
    found = await services.money.what_ifs.suppose(provider_instead, model_instead, period, wanted)
    return answer(found, as_csv=as_csv)
