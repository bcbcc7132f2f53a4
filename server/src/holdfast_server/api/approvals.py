"""`/v1/approvals`: questions to people, and their answers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query

from holdfast_server.api.door import Paged, Wired
from holdfast_server.decision.approvals.approval import AnswerAsk, Approval, ApprovalAsk, State, UseAsk
from holdfast_server.kit.paging import Page

router = APIRouter(prefix="/v1/approvals", tags=["approvals"])


@router.get("")
async def list_approvals(
    services: Wired,
    page: Paged,
    state: Annotated[list[State], Query(max_length=16)] = [],  # noqa: B006  # FastAPI copies defaults
) -> Page[Approval]:
    """Approvals, newest first."""
    return await services.approvals.page(tuple(state), page)


@router.post("", status_code=201)
async def ask(
    services: Wired,
    body: ApprovalAsk,
    idempotency_key: Annotated[str | None, Header(max_length=256)] = None,
) -> Approval:
    """Ask a person about one exact action; asking again for the same step and digest is the same question."""
    return await services.approvals.ask(body, key=idempotency_key)


@router.get("/{approval}")
async def get_approval(
    services: Wired, approval: str, wait_s: Annotated[float, Query(ge=0, le=30)] = 0
) -> Approval:
    """One approval; with `wait_s`, answers when it leaves `pending` or the time is up."""
    return await services.approvals.get(approval, wait_s=wait_s)


@router.post("/{approval}/answer")
async def answer(services: Wired, approval: str, body: AnswerAsk) -> Approval:
    """Approve or refuse, with edited arguments if you like."""
    return await services.approvals.answer(approval, body)


@router.post("/{approval}/use")
async def use(services: Wired, approval: str, body: UseAsk) -> Approval:
    """Spend an approval on exactly what it approved, once."""
    return await services.approvals.use(approval, body)
