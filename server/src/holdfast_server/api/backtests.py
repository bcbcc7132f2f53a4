"""`/v1/policies/backtest`: a draft against what was recorded."""

from __future__ import annotations

from fastapi import APIRouter

from holdfast_server.api.door import Wired
from holdfast_server.decision.policies.backtests import BacktestAsk, BacktestView

router = APIRouter(tags=["policies"])


@router.post("/v1/policies/backtest")
async def backtest(services: Wired, ask: BacktestAsk) -> BacktestView:
    """Which recorded actions a draft would have judged otherwise, by agent, tool and cost, with examples."""
    return await services.backtests.run(ask, tuple(services.registry.contracts))
