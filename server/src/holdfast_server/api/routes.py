"""Every route of the server, gathered into one app."""

from __future__ import annotations

import functools

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from holdfast_server import __version__
from holdfast_server.api import (
    approvals,
    attributes,
    attribution,
    backtests,
    blobs,
    breakers,
    budgets,
    bundles,
    costs,
    coverage,
    decisions,
    delegations,
    detectors,
    enforcement,
    errors,
    fleet,
    gateway,
    health,
    hooks,
    invoices,
    kills,
    ledger,
    metrics,
    policies,
    presets,
    prices,
    rates,
    recordings,
    records,
    registry,
    reliability,
    retention,
    runs,
    search,
    sessions,
    signals,
    slos,
    streams,
    tool_calls,
    traces,
    views,
    windows,
)
from holdfast_server.api.problem import PROBLEMS
from holdfast_server.api.schema import complete_schema

NOUNS = (
    decisions,  # first, because agents wait for it and routes are tried in this order
    traces,  # and this is asked more often than all the others
    rates,
    health,
    fleet,
    backtests,
    coverage,
    gateway,
    runs,
    search,
    views,
    recordings,
    windows,
    sessions,
    attribution,
    attributes,
    tool_calls,
    approvals,
    breakers,
    budgets,
    costs,
    invoices,
    signals,
    slos,
    reliability,
    metrics,
    kills,
    ledger,
    records,
    policies,
    presets,
    prices,
    bundles,
    registry,
    delegations,
    detectors,
    enforcement,
    hooks,
    blobs,
    retention,
    streams,
)


def build_api() -> FastAPI:
    """The REST API; what stands behind it is put into `app.state.services`."""
    app = FastAPI(
        title="Holdfast",
        version=__version__,
        summary="Decides before an agent acts, records what happened so that it can be proved.",
        docs_url=None,
        redoc_url=None,
        routes=_gather(),
    )
    errors.install(app)
    app.openapi = lambda: complete_schema(app)
    return app


@functools.cache
def _gather() -> list[BaseRoute]:
    """Every noun's routes, worked out once in a process, however many apps it makes."""
    gathered = APIRouter(generate_unique_id_function=_operation, responses=PROBLEMS)
    for noun in NOUNS:
        gathered.include_router(noun.router)
    return gathered.routes


def _operation(route: APIRoute) -> str:
    """The handler's own name: unique, and what a generated client calls it."""
    return route.name
