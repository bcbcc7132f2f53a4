"""`/v1/decisions` and `/v1/outcomes`: deciding for programs without the SDK."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Path, Request, Response

from holdfast_server.api.door import Wired
from holdfast_server.api.errors import problem_of
from holdfast_server.api.lean import Lean, answer, documented, read, services_of
from holdfast_server.decision.decisions.explanation import StepExplanation
from holdfast_server.decision.decisions.question import (
    Answered,
    Fault,
    Judged,
    JudgedAll,
    OutcomeNote,
    Outcomes,
    OutcomeTaken,
    Question,
    Questions,
    Told,
    ToldAll,
)
from holdfast_server.errors import HoldfastError, Unprocessable

router = APIRouter(prefix="/v1", tags=["decisions"])
lean = APIRouter(route_class=Lean)

KEY_MAX: Final = 256
KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": KEY_MAX},
}

_question = msgspec.json.Decoder(Question).decode
_questions = msgspec.json.Decoder(Questions).decode
_outcome = msgspec.json.Decoder(OutcomeNote).decode
_outcomes = msgspec.json.Decoder(Outcomes).decode


@lean.post("/decisions", **documented("Question", "Answered", KEY))
async def decide(request: Request) -> Response:
    """Judge an action before it happens; the answer is in the ledger already.

    With an idempotency key, asking again brings the same answer and judges nothing twice.
    """
    key = request.headers.get("idempotency-key")
    if key is not None and len(key) > KEY_MAX:
        raise Unprocessable(f"the Idempotency-Key is over {KEY_MAX} characters", hint="Use a shorter one.")
    return answer(await services_of(request).decider.decide(await read(request, _question), key=key))


@lean.post("/decisions/batch", **documented("Questions", "JudgedAll"))
async def decide_batch(request: Request) -> Response:
    """Judge up to 1,000 actions in their order; each sees what the ones before it came to."""
    body = await read(request, _questions)
    return answer(
        JudgedAll(list(map(_judged, await services_of(request).decider.decide_all(body.decisions))))
    )


@lean.post("/outcomes", **documented("OutcomeNote", "OutcomeTaken"))
async def outcome(request: Request) -> Response:
    """Say how a judged action ended."""
    return answer(await services_of(request).decider.settle(await read(request, _outcome)))


@lean.post("/outcomes/batch", **documented("Outcomes", "ToldAll"))
async def outcome_batch(request: Request) -> Response:
    """Say how up to 1,000 judged actions ended, in their order."""
    body = await read(request, _outcomes)
    return answer(ToldAll(list(map(_told, await services_of(request).decider.settle_all(body.outcomes)))))


router.include_router(lean)


@router.get("/decisions/{step}/explanation")
async def explain_step(services: Wired, step: Annotated[str, Path(max_length=64)]) -> StepExplanation:
    """Why a recorded decision came out as it did, by the rules of its time, and what would have passed."""
    return await services.explaining.explain(step)


def _judged(found: Answered | HoldfastError) -> Judged:
    return Judged(problem=_fault(found)) if isinstance(found, HoldfastError) else Judged(found)


def _told(found: OutcomeTaken | HoldfastError) -> Told:
    return Told(problem=_fault(found)) if isinstance(found, HoldfastError) else Told(found)


def _fault(error: HoldfastError) -> Fault:
    return Fault(**problem_of(error).model_dump())
