"""Everything that can be asked about money, in one place for the doors."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast_server.decision.budgets.budgets import Budgets
from holdfast_server.decision.policies.policies import Policies
from holdfast_server.insight.costs.forecasts import Forecasts
from holdfast_server.insight.costs.invoices import Invoices
from holdfast_server.insight.costs.spending import Spending
from holdfast_server.insight.costs.watching import Watching
from holdfast_server.insight.costs.what_if import WhatIfs
from holdfast_server.kit.clock import Clock
from holdfast_server.kit.db import Database
from holdfast_server.record.outcomes.signals import Signals


@dataclass(frozen=True, slots=True)
class Desk:
    """One of each."""

    spending: Spending
    forecasts: Forecasts
    watching: Watching
    what_ifs: WhatIfs
    invoices: Invoices
    signals: Signals


def open_desk(db: Database, policies: Policies, budgets: Budgets, clock: Clock) -> Desk:
    """Put the rooms together."""

    def team_of(agent: str) -> str:
        found = policies.bundle().agents.get(agent)
        return found.team if found else ""

    return Desk(
        spending=Spending(db, team_of, clock),
        forecasts=Forecasts(db, budgets, clock),
        watching=Watching(db),
        what_ifs=WhatIfs(db),
        invoices=Invoices(db, clock),
        signals=Signals(db, clock),
    )
