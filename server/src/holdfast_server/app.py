"""The composition root: the one place that knows which engine stands behind which port."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from holdfast_server.access.vault.keyring import open_keyring
from holdfast_server.access.vault.vault import Vault
from holdfast_server.action.llm.desk.calls import Calls
from holdfast_server.action.llm.desk.desk import Desk as GatewayDesk
from holdfast_server.action.otlp.intake import Intake
from holdfast_server.api.console import Console
from holdfast_server.api.gate import Gate
from holdfast_server.api.routes import build_api
from holdfast_server.background import jobs
from holdfast_server.decision.approvals.approvals import Approvals
from holdfast_server.decision.breakers.breakers import Breakers
from holdfast_server.decision.budgets.budgets import Budgets
from holdfast_server.decision.control.kills import Control, Kills
from holdfast_server.decision.decisions.answers import Answers
from holdfast_server.decision.decisions.contents import Contents
from holdfast_server.decision.decisions.decider import Decider
from holdfast_server.decision.decisions.explaining import Explaining
from holdfast_server.decision.decisions.hooks import Hooks
from holdfast_server.decision.decisions.minutes import Minutes
from holdfast_server.decision.decisions.pacing import Pacing
from holdfast_server.decision.decisions.spending import Spending
from holdfast_server.decision.delegations.delegations import Delegations
from holdfast_server.decision.enforcement.enforcements import Enforcements
from holdfast_server.decision.policies.backtests import Backtests
from holdfast_server.decision.policies.editing import Editing
from holdfast_server.decision.policies.kept import KeptBundles
from holdfast_server.decision.policies.policies import Policies, seed
from holdfast_server.decision.rates.rates import Rates
from holdfast_server.decision.registry.registry import Registry
from holdfast_server.engines import begin_span_store, days_of, search_of
from holdfast_server.insight.attribution.attributions import Attributions
from holdfast_server.insight.attribution.judge import ModelJudge
from holdfast_server.insight.costs.desk import open_desk as open_cost_desk
from holdfast_server.insight.coverage.coverage import CoverageView
from holdfast_server.insight.dialects.attributes import Attributes
from holdfast_server.insight.dialects.tool_calls import ToolCalls
from holdfast_server.insight.fleet.fleet import FleetView
from holdfast_server.insight.reliability.desk import open_desk as open_reliability_desk
from holdfast_server.insight.search.search import Search
from holdfast_server.insight.search.views import Views
from holdfast_server.kit.clock import Clock, system_clock
from holdfast_server.kit.hub import Hub
from holdfast_server.record.ledger.log import ServerLedger
from holdfast_server.record.prices.prices import PriceBook
from holdfast_server.record.prices.repricing import Repricing
from holdfast_server.record.pricing import price_usage
from holdfast_server.record.records import Records
from holdfast_server.record.retention.retention import Retention
from holdfast_server.record.runs.changes import Changes
from holdfast_server.record.runs.families import Families
from holdfast_server.record.runs.recordings import Recordings
from holdfast_server.record.runs.runs import Runs
from holdfast_server.record.runs.sessions import Sessions
from holdfast_server.record.runs.steps import Steps
from holdfast_server.record.runs.windows import Windows
from holdfast_server.record.spans.store import SpanStore
from holdfast_server.services import Services
from holdfast_server.settings import Settings
from holdfast_server.stores import OpenStores, open_stores, prices_file


def build_app(services: Services) -> FastAPI:
    """The whole server as one ASGI app."""
    app = build_api()
    app.state.services = services
    app.add_middleware(GZipMiddleware, minimum_size=4096, compresslevel=1)
    app.add_middleware(Console)
    app.add_middleware(Gate, access=services.settings.access, limits=services.settings.limits)
    return app


@asynccontextmanager
async def open_services(
    settings: Settings, clock: Clock = system_clock, *, spans: SpanStore | None = None
) -> AsyncGenerator[Services]:
    """Open every store, wire everything, start what runs in the background; undo it all in reverse."""
    async with AsyncExitStack() as undo:
        spans = spans or begin_span_store(settings)
        undo.push_async_callback(spans.close)
        stores = await open_stores(settings, spans, undo)
        services, changes = await _wire(settings, stores, clock)
        tasks = [asyncio.create_task(job) for job in jobs(services, stores, changes, clock)]
        undo.push_async_callback(_stop, tasks)
        yield services
        await services.intake.drain(settings.http.drain_s)
        await services.decider.close()
        await services.minutes.take_in()


def _make_records(stores: OpenStores, changes: Changes, approvals: Approvals, clock: Clock) -> Records:
    return Records(
        stores.db,
        stores.ledger,
        changes,
        price_usage,
        clock,
        ended=approvals.withdraw,
        find=stores.spans.list_some,
    )


def _make_intake(settings: Settings, stores: OpenStores, changes: Changes) -> Intake:
    return Intake(
        journal=stores.journal,
        store=stores.spans,
        db=stores.db,
        refinery=stores.refinery,
        changes=changes,
        limits=settings.limits,
    )


def _make_retention(settings: Settings, stores: OpenStores, clock: Clock) -> Retention:
    return Retention(
        project=settings.project,
        data=settings.data,
        db=stores.db,
        ledger=stores.ledger,
        days=days_of(stores.spans),
        blobs=stores.blobs,
        clock=clock,
        defaults=settings.retention,
        limits=settings.limits,
    )


async def _wire(settings: Settings, stores: OpenStores, clock: Clock) -> tuple[Services, Changes]:
    db, hub, control, ledger = stores.db, stores.hub, stores.control, stores.ledger
    runs, steps, registry = Runs(db), Steps(db, stores.spans), Registry(db, clock)
    changes, kills = Changes(db, runs, hub), Kills(db, ledger, hub, control, clock)
    approvals = _make_approvals(settings, stores, steps, changes, clock)
    budgets = Budgets(db=db, ledger=ledger, hub=hub, control=control, clock=clock, times=settings.budgets)
    records = _make_records(stores, changes, approvals, clock)
    intake = _make_intake(settings, stores, changes)
    prices = PriceBook(db, clock, shared=prices_file(settings), file=settings.prices)
    for room in (registry, kills, budgets, prices, intake):
        await room.open()
    kept, minutes = KeptBundles(db, clock), Minutes(stores.decided, db, ledger, records)
    await minutes.open()
    policies = await _load_policies(settings, registry, control, hub, clock)
    breakers, rates = Breakers(db, ledger, control, hub, clock), Rates(db, clock)
    spending = await _open_spending(settings, policies, budgets, ledger, clock)
    pacing, contents = Pacing(rates, breakers, ledger.name), Contents(settings.data / "content")
    decider = Decider(
        minutes, Answers(db), ledger, kept, policies, kills, approvals, spending, pacing, contents, clock
    )
    editing = Editing(policies, registry, db=db, ledger=ledger, hub=hub, clock=clock)
    search = Search(db=db, runs=runs, ledger=ledger, spans=search_of(stores.spans), clock=clock)
    services = Services(
        settings=settings,
        started_ns=clock(),
        hub=hub,
        control=control,
        ledger=ledger,
        records=records,
        prices=prices,
        repricing=Repricing(db, clock),
        attributes=Attributes(stores.spans, clock),
        tool_calls=ToolCalls(runs, stores.spans),
        runs=runs,
        steps=steps,
        recordings=Recordings(db, stores.spans),
        sessions=Sessions(db),
        families=Families(db, stores.spans),
        attributions=Attributions(db, stores.spans, _make_judge(settings)),
        windows=Windows(db, stores.spans, steps),
        intake=intake,
        blobs=stores.blobs,
        retention=_make_retention(settings, stores, clock),
        registry=registry,
        policies=policies,
        editing=editing,
        enforcements=Enforcements(db, policies, editing, clock),
        kills=kills,
        breakers=breakers,
        approvals=approvals,
        budgets=budgets,
        rates=rates,
        delegations=Delegations(db, clock),
        minutes=minutes,
        decider=decider,
        pacing=pacing,
        hooks=Hooks(decider),
        kept=kept,
        explaining=Explaining(db, kept, policies),
        backtests=Backtests(db, policies, clock),
        fleet=FleetView(db, runs, approvals, kills, clock),
        coverage=CoverageView(db, stores.spans, policies, clock),
        search=search,
        views=Views(db, search, clock),
        money=open_cost_desk(db, policies, budgets, clock),
        reliability=open_reliability_desk(db, hub, clock),
        gateway=_make_gateway(settings, stores, budgets, clock),
        calls=Calls(search),
    )
    return services, changes


def _make_approvals(
    settings: Settings, stores: OpenStores, steps: Steps, changes: Changes, clock: Clock
) -> Approvals:
    return Approvals(
        db=stores.db,
        ledger=stores.ledger,
        steps=steps,
        changes=changes,
        hub=stores.hub,
        clock=clock,
        times=settings.approvals,
    )


def _make_gateway(settings: Settings, stores: OpenStores, budgets: Budgets, clock: Clock) -> GatewayDesk:
    keyring = open_keyring(settings.data / "keys", environ=os.environ, make=True)
    return GatewayDesk(
        db=stores.db,
        vault=Vault(keyring),
        budgets=budgets,
        ledger=stores.ledger,
        hub=stores.hub,
        clock=clock,
        project=settings.project,
    )


async def _open_spending(
    settings: Settings, policies: Policies, budgets: Budgets, ledger: ServerLedger, clock: Clock
) -> Spending:
    """Budgets as they stand when the first question comes."""
    # A process that begins now must find the budgets of the policy files.
    await budgets.follow_policies(policies.budget_terms, inside=policies.inside_terms)
    spending = Spending(budgets, ledger.name, clock, told_s=settings.decisions.session_ttl_s)
    await spending.open()
    return spending


def _make_judge(settings: Settings) -> ModelJudge | None:
    wanted = settings.attribution
    return ModelJudge(wanted) if wanted.judge_url and wanted.judge_model else None


async def _load_policies(
    settings: Settings, registry: Registry, control: Control, hub: Hub, clock: Clock
) -> Policies:
    folder = settings.policies or settings.data / "policies"
    if settings.policies is None:
        seed(folder)
    return await asyncio.to_thread(Policies, folder, registry, control, hub, clock)


async def _stop(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
