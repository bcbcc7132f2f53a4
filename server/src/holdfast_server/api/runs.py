"""`/v1/runs` and `/v1/steps`: what happened, step by step."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query

from holdfast_server.api.door import Paged, Wired
from holdfast_server.api.tabled import AsCsv, answer
from holdfast_server.decision.control.kill import Kill
from holdfast_server.insight.search.lexer import LENGTH_MAX
from holdfast_server.kit.paging import Page
from holdfast_server.kit.wire import NS_PER_S
from holdfast_server.record.runs.families import Edges, RunPart
from holdfast_server.record.runs.linking import StepLinks
from holdfast_server.record.runs.run import BudgetUse, RunFilter, RunState, RunSummary, VerdictName
from holdfast_server.record.runs.step import Conversation, Step, StepDetail
from holdfast_server.record.runs.windows import read_ids

BIG_MAX = 2**63 - 1
"""What a database column of whole numbers holds; times beyond it are the year 2262."""

router = APIRouter(tags=["runs"])

Text = Annotated[str, Query(max_length=512)]
Ids = Annotated[str, Query(max_length=8_192)]
Many = Annotated[list[Annotated[str, Query(max_length=256)]], Query(max_length=64)]


class RunDetail(RunSummary):
    """A run with everything that stands around it."""

    chain: list[str]
    """Everyone whose authority is needed, outermost first."""
    labels: list[str]
    budgets: list[BudgetUse]
    runs: list[RunSummary]
    """Every run of the same trace, oldest first, this one left out."""
    kill: Kill | None
    """The kill in force that covers this run."""
    parts: list[RunPart]
    """Other traces that belong to this run; their steps are listed with its own."""


@router.get("/v1/runs", response_model=Page[RunSummary])
async def list_runs(
    services: Wired,
    page: Paged,
    *,
    q: Annotated[str, Query(max_length=2 * LENGTH_MAX)] = "",
    agent: Many = [],  # noqa: B006  # FastAPI copies defaults
    state: Annotated[list[RunState], Query(max_length=16)] = [],  # noqa: B006  # FastAPI copies defaults
    verdict: Annotated[list[VerdictName], Query(max_length=16)] = [],  # noqa: B006  # FastAPI copies defaults
    session: Text = "",
    since: datetime | None = None,
    until: datetime | None = None,
    as_csv: AsCsv,
) -> Any:
    """Runs, newest first; `q` is a query, see docs/guides/search.md."""
    wanted = RunFilter(q, tuple(agent), tuple(state), tuple(verdict), session, to_ns(since), to_ns(until))
    return answer(await services.search.list_runs(wanted, page), as_csv=as_csv)


@router.get("/v1/runs/{run}")
async def get_run(services: Wired, run: str) -> RunDetail:
    """One run with its family, labels and budgets."""
    summary = await services.runs.get(run)
    around = await services.runs.around(summary)
    return RunDetail(
        **dict(summary),
        chain=around.chain,
        labels=around.labels,
        budgets=services.policies.budgets_of(summary, held_micro_usd=around.held_micro_usd),
        runs=around.runs,
        kill=services.kills.covering(summary),
        parts=await services.families.parts(run),
    )


@router.get("/v1/runs/{run}/steps")
async def list_steps(services: Wired, page: Paged, run: str, ids: Ids = "") -> Page[Step]:
    """Every step of the run's trace in the order they began, child runs included.

    With `ids`, separated by commas, only these steps, at most 200.
    """
    if ids:
        return Page(items=await services.windows.steps(run, read_ids(ids)))
    return await services.steps.page(run, page)


@router.get("/v1/runs/{run}/edges")
async def list_edges(services: Wired, run: str) -> Edges:
    """Who gave work to whom: delegations and hand-offs between agents, in the order of time."""
    return await services.families.edges(run)


@router.get("/v1/runs/{run}/links")
async def list_links(services: Wired, run: str) -> StepLinks:
    """What the run's steps name beside their parents, and what names them: span links, from both ends."""
    return await services.steps.links(run)


@router.get("/v1/runs/{run}/conversation")
async def conversation(services: Wired, run: str) -> Conversation:
    """Everything said, each message once."""
    return await services.steps.conversation(run)


@router.get("/v1/steps/{step}")
async def get_step(services: Wired, step: str, trace: Text = "") -> StepDetail:
    """One step with everything known about it."""
    return await services.steps.get(step, trace=trace)


def to_ns(time: datetime | None) -> int | None:
    """A time as nanoseconds since the epoch."""
    return None if time is None else min(int(time.timestamp() * NS_PER_S), BIG_MAX)
