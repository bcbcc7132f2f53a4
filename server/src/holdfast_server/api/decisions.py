"""`/v1/decisions` and `/v1/outcomes`: deciding for programs without the SDK."""

from __future__ import annotations

from fastapi import APIRouter

from holdfast_server.api.door import Wired
from holdfast_server.decision.question import Answered, OutcomeNote, OutcomeTaken, Question

router = APIRouter(prefix="/v1", tags=["decisions"])


@router.post("/decisions")
async def decide(services: Wired, body: Question) -> Answered:
    """Judge an action before it happens; the answer is in the ledger already."""
    return await services.decider.decide(body)


@router.post("/outcomes")
async def outcome(services: Wired, body: OutcomeNote) -> OutcomeTaken:
    """Say how a judged action ended."""
    return await services.decider.settle(body)
