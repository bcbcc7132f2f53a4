"""Tool calls that a model asks for, judged before the client sees them.

A tool that a contract describes is judged as the same call would be in the agent's own process, with the same
session behind it. One that nobody described is a gap in what is governed: it passes and shows in the records,
unless the settings say that it is refused.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from holdfast.action import Action, Effect, Kind, canonicalise, digest, parse_arguments
from holdfast.decision import Decision, Outcome, Reason, Verdict, decide
from holdfast.errors import Invalid
from holdfast.record.models import Answered
from holdfast_server.action.llm.exchange.approving import ask
from holdfast_server.action.llm.exchange.asking import Question
from holdfast_server.action.llm.exchange.house import House
from holdfast_server.action.llm.exchange.identity import new_step
from holdfast_server.action.llm.exchange.step import Step

UNKNOWN: Final = "holdfast:unknown_tool"
CALLS_MAX: Final = 128
"""Tool calls of one answer; an answer with more is refused."""


def are_judged(house: House, question: Question) -> bool:
    """Whether the tool calls that come back may have to be refused."""
    if not question.may_call:
        return False
    if house.behaviour.unknown_tools == "refuse":
        return True
    contracts = house.bundle.contracts
    return bool(contracts) and (question.goes_on or any(name in contracts for name in question.tools))


class Judged(msgspec.Struct, frozen=True):
    """What was decided about one tool call."""

    step: Step
    verdict: Verdict

    @property
    def passes(self) -> bool:
        """Whether the client may see it as it is; a call that would have to be changed is another call."""
        return self.verdict is Verdict.ALLOW or not self.step.decision.enforced


def judge_calls(house: House, model: Step, answered: Answered) -> list[Judged]:
    """Judge every tool call of an answer, in its order; those that no contract describes are passed over."""
    calls = list(answered.calls.values())
    found: list[Judged] = []
    for place, call in enumerate(calls):
        name = str(call.get("name") or "")
        known = name in house.bundle.contracts
        if not known and house.behaviour.unknown_tools != "refuse" and place < CALLS_MAX:
            continue
        found.append(_judge(house, model, name, "".join(call.get("text") or ()), known=known))
    return found


async def ask_about(house: House, waiting: Iterable[Judged]) -> bool:
    """Put what waits before people, one after the other; whether all of it was approved."""
    for one in waiting:
        step = one.step
        roles = await ask(house, step.action, step.decision)
        if not roles:
            return False
        decision = _decide(house, step.action, step.session, roles)
        _record(house, step, decision)
        if decision.verdict is not Verdict.ALLOW:
            return False
    return True


def _judge(house: House, model: Step, name: str, arguments: str, *, known: bool) -> Judged:
    trouble, plain, canonical = "", dict[str, Any](), b"{}"
    try:
        plain, canonical = canonicalise(parse_arguments(arguments))
    except Invalid as error:
        trouble = error.message
    contract = house.bundle.contracts.get(name)
    action = Action(
        id=new_step(),
        kind=Kind.TOOL,
        actor=model.action.actor,
        target=name,
        arguments=plain,
        canonical=canonical,
        digest=digest("tool", name, canonical),
        effect=contract.effect if contract else Effect.EXECUTE,
        run=model.action.run,
        session=model.action.session,
        trace=model.action.trace,
        parent=model.id,
        chain=model.action.chain,
    )
    step = Step(action, model.caller, model.session, house.bundle, b"")
    step.fingerprint = house.bundle.fingerprints.get(name, "")
    if not known:
        decision = _refuse(house, action, "contract", UNKNOWN, "This tool is not known.")
    elif trouble:
        decision = _refuse(house, action, "arguments", "holdfast:arguments", trouble)
    else:
        decision = _decide(house, action, model.session, frozenset())
    _record(house, step, decision)
    return Judged(step, decision.verdict)


def _decide(house: House, action: Action, session: Any, roles: frozenset[str]) -> Decision:
    return decide(
        action, session, house.bundle,
        controls=house.controls, now_ns=time.time_ns(), approvals=roles, tick=time.perf_counter_ns,
    )  # fmt: skip


def _refuse(house: House, action: Action, stage: str, rule: str, message: str) -> Decision:
    reasons = (Reason(rule, stage, message),)
    return Decision(
        action.id, Verdict.DENY, stage, reasons, action.arguments, action.digest, house.bundle.hash
    )


def _record(house: House, step: Step, decision: Decision) -> None:
    """Write down what was decided, and that it was handed on or was not; what the client does is its own."""
    step.decision, step.started_ns = decision, time.time_ns()
    runs = decision.verdict is Verdict.ALLOW
    if not runs and house.behaviour.mode == "shadow" and decision.stage != "kill":
        step.shadow()
        runs = True
    step.session.take(step.action, decision)
    house.recorder.decided(step, ())
    if decision.verdict is Verdict.ASK and step.decision.enforced:
        return
    step.status = "done" if runs else "halted" if decision.verdict is Verdict.HALT else "refused"
    step.cost_micro_usd = 0
    step.session.settle(step.action, decision, Outcome(step.status, cost_micro_usd=0))
    house.recorder.ended(step)
