"""`/v1/decisions` and `/v1/outcomes`: deciding for programs without the SDK."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Path

from holdfast_server.api.door import Wired
from holdfast_server.api.errors import problem_of
from holdfast_server.api.problem import Problem
from holdfast_server.decision.decisions.explanation import StepExplanation
from holdfast_server.decision.decisions.question import (
    Answered,
    OutcomeNote,
    Outcomes,
    OutcomeTaken,
    Question,
    Questions,
)
from holdfast_server.errors import HoldfastError
from holdfast_server.kit.wire import Wire

router = APIRouter(prefix="/v1", tags=["decisions"])


class Judged(Wire):
    """One action of a batch: its decision, or why there is none."""

    decision: Answered | None = None
    problem: Problem | None = None
    """Without a decision the action must not run."""


class JudgedAll(Wire):
    """A batch, in the order in which it was asked."""

    items: list[Judged]


class Told(Wire):
    """One outcome of a batch: taken in, or why not."""

    outcome: OutcomeTaken | None = None
    problem: Problem | None = None


class ToldAll(Wire):
    """A batch, in the order in which it was told."""

    items: list[Told]


@router.post("/decisions")
async def decide(
    services: Wired,
    body: Question,
    idempotency_key: Annotated[str | None, Header(max_length=256)] = None,
) -> Answered:
    """Judge an action before it happens; the answer is in the ledger already.

    With an idempotency key, asking again brings the same answer and judges nothing twice.
    """
    return await services.decider.decide(body, key=idempotency_key)


@router.post("/decisions/batch")
async def decide_batch(services: Wired, body: Questions) -> JudgedAll:
    """Judge up to 1,000 actions in their order; each sees what the ones before it came to."""
    found = await services.decider.decide_all(body.decisions)
    return JudgedAll(
        items=[
            Judged(problem=problem_of(one)) if isinstance(one, HoldfastError) else Judged(decision=one)
            for one in found
        ]
    )


@router.get("/decisions/{step}/explanation")
async def explain_step(services: Wired, step: Annotated[str, Path(max_length=64)]) -> StepExplanation:
    """Why a recorded decision came out as it did, by the rules of its time, and what would have passed."""
    return await services.explaining.explain(step)


@router.post("/outcomes")
async def outcome(services: Wired, body: OutcomeNote) -> OutcomeTaken:
    """Say how a judged action ended."""
    return await services.decider.settle(body)


@router.post("/outcomes/batch")
async def outcome_batch(services: Wired, body: Outcomes) -> ToldAll:
    """Say how up to 1,000 judged actions ended, in their order."""
    found = await services.decider.settle_all(body.outcomes)
    return ToldAll(
        items=[
            Told(problem=problem_of(one)) if isinstance(one, HoldfastError) else Told(outcome=one)
            for one in found
        ]
    )
