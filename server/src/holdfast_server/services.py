"""Everything the server can do, wired: what every door receives."""

from __future__ import annotations

from dataclasses import dataclass, field

from holdfast_server.action.llm.desk.calls import Calls
from holdfast_server.action.llm.desk.desk import Desk as GatewayDesk
from holdfast_server.action.otlp.intake import Intake
from holdfast_server.decision.approvals.approvals import Approvals
from holdfast_server.decision.breakers.breakers import Breakers
from holdfast_server.decision.budgets.budgets import Budgets
from holdfast_server.decision.control.kills import Control, Kills
from holdfast_server.decision.decisions.decider import Decider
from holdfast_server.decision.decisions.explaining import Explaining
from holdfast_server.decision.decisions.hooks import Hooks
from holdfast_server.decision.decisions.minutes import Minutes
from holdfast_server.decision.decisions.pacing import Pacing
from holdfast_server.decision.delegations.delegations import Delegations
from holdfast_server.decision.enforcement.enforcements import Enforcements
from holdfast_server.decision.policies.backtests import Backtests
from holdfast_server.decision.policies.editing import Editing
from holdfast_server.decision.policies.kept import KeptBundles
from holdfast_server.decision.policies.policies import Policies
from holdfast_server.decision.rates.rates import Rates
from holdfast_server.decision.registry.registry import Registry
from holdfast_server.insight.attribution.attributions import Attributions
from holdfast_server.insight.costs.desk import Desk as CostDesk
from holdfast_server.insight.coverage.coverage import CoverageView
from holdfast_server.insight.dialects.attributes import Attributes
from holdfast_server.insight.dialects.tool_calls import ToolCalls
from holdfast_server.insight.fleet.fleet import FleetView
from holdfast_server.insight.reliability.desk import Desk as ReliabilityDesk
from holdfast_server.insight.search.search import Search
from holdfast_server.insight.search.views import Views
from holdfast_server.kit.hub import Hub
from holdfast_server.record.blobs.blobs import Blobs
from holdfast_server.record.ledger.log import ServerLedger
from holdfast_server.record.prices.prices import PriceBook
from holdfast_server.record.prices.repricing import Repricing
from holdfast_server.record.records import Records
from holdfast_server.record.retention.retention import Retention
from holdfast_server.record.runs.families import Families
from holdfast_server.record.runs.recordings import Recordings
from holdfast_server.record.runs.runs import Runs
from holdfast_server.record.runs.sessions import Sessions
from holdfast_server.record.runs.steps import Steps
from holdfast_server.record.runs.windows import Windows
from holdfast_server.settings import Settings


@dataclass(slots=True)
class Doors:
    """Where the server listens, known once it does."""

    otlp_port: int | None = None
    grpc_port: int | None = None


@dataclass(frozen=True, slots=True)
class Services:
    """One of each."""

    settings: Settings
    started_ns: int
    hub: Hub
    control: Control
    ledger: ServerLedger
    records: Records
    prices: PriceBook
    repricing: Repricing
    attributes: Attributes
    tool_calls: ToolCalls
    runs: Runs
    steps: Steps
    recordings: Recordings
    sessions: Sessions
    families: Families
    attributions: Attributions
    windows: Windows
    intake: Intake
    blobs: Blobs
    retention: Retention
    registry: Registry
    policies: Policies
    editing: Editing
    backtests: Backtests
    enforcements: Enforcements
    kills: Kills
    approvals: Approvals
    breakers: Breakers
    budgets: Budgets
    rates: Rates
    delegations: Delegations
    minutes: Minutes
    decider: Decider
    pacing: Pacing
    hooks: Hooks
    kept: KeptBundles
    explaining: Explaining
    fleet: FleetView
    coverage: CoverageView
    search: Search
    views: Views
    money: CostDesk
    reliability: ReliabilityDesk
    gateway: GatewayDesk
    calls: Calls
    doors: Doors = field(default_factory=Doors)
