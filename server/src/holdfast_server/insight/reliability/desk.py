"""Everything that can be asked about reliability, in one place for the doors."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast_server.insight.reliability.fallback import EscalationView
from holdfast_server.insight.reliability.metrics import Metrics
from holdfast_server.insight.reliability.prometheus import AgentMeters
from holdfast_server.insight.reliability.slos import Slos
from holdfast_server.kit.clock import Clock
from holdfast_server.kit.db import Database
from holdfast_server.kit.hub import Hub


@dataclass(frozen=True, slots=True)
class Desk:
    """One of each."""

    metrics: Metrics
    escalations: EscalationView
    slos: Slos
    meters: AgentMeters


def open_desk(db: Database, hub: Hub, clock: Clock) -> Desk:
    """Put the rooms together."""
    return Desk(
        metrics=Metrics(db, clock),
        escalations=EscalationView(db),
        slos=Slos(db, hub, clock),
        meters=AgentMeters(db, clock),
    )
