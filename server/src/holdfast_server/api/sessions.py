"""`/v1/sessions`: conversations and jobs, each with its runs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query

from holdfast_server.api.door import Paged, Wired
from holdfast_server.api.runs import Many, Text, to_ns
from holdfast_server.api.tabled import AsCsv, answer
from holdfast_server.kit.paging import Page
from holdfast_server.record.runs.run import RunFilter, RunState, RunSummary
from holdfast_server.record.runs.session import SessionFilter, SessionSummary

router = APIRouter(tags=["sessions"])


@router.get("/v1/sessions", response_model=Page[SessionSummary])
async def list_sessions(
    services: Wired,
    page: Paged,
    *,
    q: Text = "",
    agent: Many = [],  # noqa: B006  # FastAPI copies defaults
    state: Annotated[list[RunState], Query(max_length=16)] = [],  # noqa: B006  # FastAPI copies defaults
    since: datetime | None = None,
    until: datetime | None = None,
    as_csv: AsCsv,
) -> Any:
    """Sessions, the most recently active first."""
    wanted = SessionFilter(q, tuple(agent), tuple(state), to_ns(since), to_ns(until))
    return answer(await services.sessions.page(wanted, page), as_csv=as_csv)


@router.get("/v1/sessions/{session:path}/runs", response_model=Page[RunSummary])
async def list_session_runs(services: Wired, page: Paged, session: str, *, as_csv: AsCsv) -> Any:
    """The runs of a session, newest first."""
    await services.sessions.get(session)
    return answer(await services.runs.page(RunFilter(session=session), page), as_csv=as_csv)


@router.get("/v1/sessions/{session:path}")
async def get_session(services: Wired, session: str) -> SessionSummary:
    """One session: its runs added up."""
    return await services.sessions.get(session)
