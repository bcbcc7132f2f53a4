"""`/v1/reliability`: how well agents do, over time, and why people are asked."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from holdfast_server.api.costs import Asked, Word
from holdfast_server.api.door import Paged, Wired
from holdfast_server.api.tabled import AsCsv, answer
from holdfast_server.insight.costs.period import Every
from holdfast_server.insight.reliability.metrics import By, Who
from holdfast_server.insight.reliability.view import Escalations, Metric, RateSeries, Reliability

router = APIRouter(prefix="/v1/reliability", tags=["reliability"])


@router.get("", response_model=Reliability)
async def reliability(
    services: Wired,
    page: Paged,
    *,
    by: By = "agent",
    agent: Word = "",
    version: Word = "",
    period: Asked,
    as_csv: AsCsv,
) -> Any:
    """Task success, validity and success of calls, post-conditions, latency and loops, with intervals."""
    found = await services.reliability.metrics.look(by, period, Who(agent, version), page)
    return answer(found, as_csv=as_csv)


@router.get("/series", response_model=RateSeries)
async def reliability_series(
    services: Wired,
    *,
    metric: Annotated[Metric, Query()] = "task_success",
    every: Every = "day",
    agent: Word = "",
    version: Word = "",
    period: Asked,
    as_csv: AsCsv,
) -> Any:
    """One metric by the hour, day, week or month; where nothing was counted the value is null."""
    found = await services.reliability.metrics.series(metric, every, period, Who(agent, version))
    return answer(found, as_csv=as_csv)


@router.get("/escalations", response_model=Escalations)
async def escalations(services: Wired, *, agent: Word = "", period: Asked, as_csv: AsCsv) -> Any:
    """Why people were asked and runs were stopped, the most frequent reason first."""
    return answer(await services.reliability.escalations.look(period, agent=agent), as_csv=as_csv)
