"""Everything that can be asked about money, in one place for the doors."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from holdfast_server.decision.budgets.budgets import Budgets
from holdfast_server.decision.policies.policies import Policies
from holdfast_server.insight.costs.forecasts import Forecasts
from holdfast_server.insight.costs.invoices import Invoices
from holdfast_server.insight.costs.spending import Spending
from holdfast_server.insight.costs.wanted import Wanted
from holdfast_server.insight.costs.watching import Watching
from holdfast_server.insight.costs.what_if import WhatIfs
from holdfast_server.kit.clock import Clock
from holdfast_server.kit.db import Database
from holdfast_server.record.outcomes.signals import Signals


class Teams:
    """Who belongs to which team, as the policies say it now."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies

    def of(self, agent: str) -> str:
        """The team of an agent; empty when the policies do not say."""
        found = self._policies.bundle().agents.get(agent)
        return found.team if found else ""

    def complete(self, wanted: Wanted) -> Wanted:
        """A filter by team that knows its agents."""
        if not wanted.team:
            return wanted
        agents = self._policies.bundle().agents
        theirs = tuple(name for name, agent in agents.items() if agent.team == wanted.team)
        return msgspec.structs.replace(wanted, team_agents=theirs)


@dataclass(frozen=True, slots=True)
class Desk:
    """One of each."""

    teams: Teams
    spending: Spending
    forecasts: Forecasts
    watching: Watching
    what_ifs: WhatIfs
    invoices: Invoices
    signals: Signals


def open_desk(db: Database, policies: Policies, budgets: Budgets, clock: Clock) -> Desk:
    """Put the rooms together."""
    teams = Teams(policies)
    return Desk(
        teams=teams,
        spending=Spending(db, teams.of, clock),
        forecasts=Forecasts(db, budgets, teams.complete, clock),
        watching=Watching(db),
        what_ifs=WhatIfs(db),
        invoices=Invoices(db, clock),
        signals=Signals(db, clock),
    )
