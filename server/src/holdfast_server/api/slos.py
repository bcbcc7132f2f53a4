"""`/v1/slos`: what shall hold, how much may still go wrong, and alerts when that goes too fast."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path

from holdfast_server.api.costs import Word
from holdfast_server.api.door import Paged, Wired
from holdfast_server.api.tabled import AsCsv, answer
from holdfast_server.insight.reliability.view import Slo, SloAlert, SloAsk
from holdfast_server.kit.paging import Page

router = APIRouter(prefix="/v1/slos", tags=["reliability"])

SloName = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9._-]{0,99}$")]


@router.get("", response_model=Page[Slo])
async def list_slos(services: Wired, page: Paged, *, as_csv: AsCsv) -> Any:
    """Objectives by name, each with its error budget and burn rates."""
    return answer(await services.reliability.slos.page(page), as_csv=as_csv)


@router.get("/alerts", response_model=Page[SloAlert])
async def list_slo_alerts(
    services: Wired,
    page: Paged,
    *,
    slo: Word = "",
    state: Literal["", "firing", "resolved"] = "",
    as_csv: AsCsv,
) -> Any:
    """Every time a budget burned too fast, the latest first."""
    return answer(await services.reliability.slos.alerts(page, slo=slo, state=state), as_csv=as_csv)


@router.get("/{name}")
async def get_slo(services: Wired, name: SloName) -> Slo:
    """One objective."""
    return await services.reliability.slos.get(name)


@router.put("/{name}")
async def set_slo(services: Wired, name: SloName, body: SloAsk) -> Slo:
    """Make an objective, or change the one of this name; saying the same again changes nothing."""
    return await services.reliability.slos.set(name, body)


@router.delete("/{name}")
async def remove_slo(services: Wired, name: SloName) -> Slo:
    """Hold it no longer; its alerts stay in the history."""
    return await services.reliability.slos.remove(name)
