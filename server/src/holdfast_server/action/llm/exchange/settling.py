"""What a try came to: its money settled, its session told, its outcome written down."""

from __future__ import annotations

import time
from typing import Any, Final

from holdfast.decision import Outcome, Verdict
from holdfast.decision.breakers import Result
from holdfast.decision.budgets import Used
from holdfast_server.action.llm.config import Api
from holdfast_server.action.llm.exchange.house import House
from holdfast_server.action.llm.exchange.refusing import BUDGET_SPENT, refuse
from holdfast_server.action.llm.exchange.step import Step
from holdfast_server.action.llm.exchange.stripping import HEADER, stripped_of
from holdfast_server.action.llm.seam import Headers, Reply

NS_PER_MS: Final = 1_000_000
TEXT_MAX: Final = 4_096
RAN: Final = frozenset({"done", "failed"})
STATUSES: Final = {Verdict.HALT: "halted"}


def close(house: House, step: Step, status: str, *, error: str = "", breaks: bool = False) -> None:
    """End a step that was sent.

    Args:
        house: whose step it is.
        step: with what it used, as far as anybody knows.
        status: `done`, `failed`, `cancelled` or `halted`.
        error: the class of what went wrong.
        breaks: whether it speaks against the model that was asked.
    """
    if step.status != "running":
        return
    step.status, step.error = status, error
    used = step.usage
    if step.cache or step.free:
        step.cost_micro_usd = 0
    elif used.input_tokens or used.output_tokens or status == "done":
        step.priced = house.prices.price(step.provider, step.answer_model or step.model, used)
        if step.priced.cost_micro_usd is None and step.answer_model:
            step.priced = house.prices.price(step.provider, step.model, used)
        step.cost_micro_usd = step.priced.cost_micro_usd
    else:
        step.cost_micro_usd = 0
    took_ns = time.time_ns() - step.started_ns
    _settle(house, step, took_ns)
    if house.bundle.breakers.models is not None or house.traffic.troubled:
        result = Result(error if breaks else "", took_ns, step.action.run)
        house.traffic.settle(step.action, step.bundle, result, time.monotonic_ns())
    house.recorder.ended(step)


def close_refused(house: House, step: Step) -> None:
    """End a step that was never sent."""
    if step.status != "running":
        return
    step.status = STATUSES.get(step.decision.verdict, "refused")
    step.cost_micro_usd = 0
    _settle(house, step, time.time_ns() - step.started_ns)
    house.recorder.ended(step)


def _settle(house: House, step: Step, took_ns: int) -> None:
    session, status, cost, used = step.session, step.status, step.cost_micro_usd, step.usage
    if step.lasting:
        session.settle(step.action, step.decision, outcome_of(step))
    counted = used.input_tokens + used.output_tokens
    ran = status in RAN or (status != "refused" and bool(cost or counted))
    tokens = counted or (0 if cost is not None else None)
    house.spending.settle(step.action.id, Used(ran, cost, tokens, took_ns // NS_PER_MS))
    purses = session.purses
    if purses is not None and not session.holds:
        purses.runs.pop(step.action.run, None)


def outcome_of(step: Step) -> Outcome:
    """What a session learns of a step that ended."""
    used = step.usage
    return Outcome(
        step.status,
        step.error,
        cost_micro_usd=step.cost_micro_usd,
        tokens_in=used.input_tokens,
        tokens_out=used.output_tokens,
    )


def refusal_of(step: Step, api: Api) -> Reply:
    """The answer to a call that may not be made."""
    decision = step.decision
    spent = any(reason.category == "budget" for reason in decision.reasons)
    code = BUDGET_SPENT if spent else f"holdfast_{decision.verdict.value}"
    reasons: list[dict[str, Any]] = [
        {"rule": one.rule, "message": one.message, "cure": one.cure} for one in decision.reasons
    ]
    said = {"verdict": decision.verdict.value, "step": step.id, "run": step.action.run, "reasons": reasons}
    message = f"Refused: {decision.message}"
    return refuse(api, 403, code, message, headers=marks_of(step), more={"holdfast": said})


def marks_of(step: Step) -> Headers:
    """Our own headers on an answer."""
    action = step.action
    headers = [
        (b"x-holdfast-step", action.id.encode()),
        (b"x-holdfast-run", action.run.encode()),
        (b"x-holdfast-decision", step.decision.verdict.encode()),
    ]
    if step.clamp is not None:
        headers.append((b"x-holdfast-clamped", str(step.clamp).encode()))
    if step.changed and (gone := stripped_of(step)) is not None:
        headers.append((HEADER, gone.header))
    return headers
