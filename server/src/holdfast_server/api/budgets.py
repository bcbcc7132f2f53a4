"""`/v1/budgets`: what may be used, by whom, and the leases that processes decide under."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query

from holdfast_server.api.door import Paged, Wired
from holdfast_server.decision.budgets.budget import (
    Budget,
    BudgetAsk,
    BudgetEdit,
    Leases,
    LeasesAsk,
    RemoveAsk,
    SettleAsk,
    Settled,
    TermsList,
)
from holdfast_server.kit.paging import Page

router = APIRouter(prefix="/v1/budgets", tags=["budgets"])

Key = Annotated[str | None, Header(max_length=256)]
Word = Annotated[str, Query(max_length=256)]


@router.get("")
async def list_budgets(services: Wired, page: Paged, scope: Word = "", key: Word = "") -> Page[Budget]:
    """Budgets in force, by scope and key: how much is used, who holds what, when it begins anew."""
    return await services.budgets.page(page, scope=scope, key=key)


@router.post("", status_code=201)
async def add_budget(services: Wired, body: BudgetAsk, idempotency_key: Key = None) -> Budget:
    """Keep to a budget from now on."""
    return await services.budgets.add(body, key=idempotency_key)


@router.get("/terms")
async def budget_terms(services: Wired) -> TermsList:
    """What processes keep to: every budget in force, without its numbers."""
    return services.budgets.terms


@router.post("/leases")
async def lease_budgets(services: Wired, body: LeasesAsk) -> Leases:
    """Report what was used, and take what is needed: of every account named, or of none."""
    return await services.budgets.lease(body)


@router.post("/leases/settle")
async def settle_leases(services: Wired, body: SettleAsk) -> Settled:
    """Settle what a process that died held, by what its ledger proves."""
    return await services.budgets.settle(body)


@router.get("/{budget}")
async def get_budget(services: Wired, budget: str) -> Budget:
    """One budget."""
    return await services.budgets.get(budget)


@router.patch("/{budget}")
async def edit_budget(services: Wired, budget: str, body: BudgetEdit) -> Budget:
    """Change what it says; what was used stays used."""
    return await services.budgets.edit(budget, body)


@router.delete("/{budget}")
async def remove_budget(services: Wired, budget: str, body: RemoveAsk) -> Budget:
    """Keep to it no longer."""
    return await services.budgets.remove(budget, by=body.by)
