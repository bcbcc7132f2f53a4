"""From a question to a judged step: the same core that judges in the agents' own processes."""

from __future__ import annotations

import time
from hashlib import sha256
from typing import Any, Final

import msgspec

from holdfast.action import NOTHING, Action, Effect, Estimate, Kind
from holdfast.decision import Bundle, Decision, Reason, Verdict
from holdfast.decision.traffic import Stopped, Traffic
from holdfast_server.action.llm.exchange.asking import Question
from holdfast_server.action.llm.exchange.identity import Place, new_step
from holdfast_server.action.llm.exchange.lanes import Lane
from holdfast_server.action.llm.exchange.pricing import Prices

CHARACTERS_A_TOKEN: Final = 4
"""No real tokenizer needs more tokens for a request than a quarter of its bytes, JSON and all."""
MODEL: Final = Kind.MODEL
READ: Final = Effect.READ
REQUEST_CHARS: Final = 16
"""Of a body's digest, what its judged form holds: enough to tell two requests of a session apart."""
# On CPython 3.11 `Kind.MODEL` costs 0.2 µs each time; what runs for every call names a member once, here.
_canonical = msgspec.json.Encoder(order="sorted").encode


def estimate_of(prices: Prices, question: Question, size: int, model: str, tokens_out: int) -> Estimate:
    """The most that a call can use: what is reserved before it is sent."""
    if question.free:
        return NOTHING
    tokens_in = -(-size // CHARACTERS_A_TOKEN)
    tokens_out *= question.answers
    return Estimate(tokens_in, tokens_out, prices.estimate(model, tokens_in, tokens_out))


def action_of(
    lane: Lane, question: Question, body: bytes, *, place: Place, estimate: Estimate, limit: int | None
) -> Action:
    """A model call as it is judged: small, plain, and different whenever the conversation is."""
    arguments: dict[str, Any] = {
        "api": question.api,
        "messages": question.messages,
        "model": lane.model,
        "request": sha256(body).hexdigest()[:REQUEST_CHARS],
        "stream": question.streamed,
        "tools": list(question.tools),
    }
    if limit:
        arguments["max_tokens"] = limit
    if question.hosted:
        arguments["hosted_tools"] = list(question.hosted)
    canonical, caller = _canonical(arguments), lane.caller
    return Action(
        new_step(), MODEL, caller.actor, lane.target, arguments, canonical,
        sha256(lane.stem + canonical).hexdigest(),
        READ, place.run, place.name, place.trace, place.parent, 0, caller.chain, "", estimate, lane.facts,
    )  # fmt: skip


def pass_traffic(traffic: Traffic, action: Action, bundle: Bundle) -> Stopped | None:
    """What all calls of this worker share: what is down is spared, what has a rate keeps it."""
    from holdfast.decision.rates import rates_of
    from holdfast.decision.traffic import too_often

    now_ns = time.monotonic_ns()
    stopped = traffic.pass_breakers(action, bundle, now_ns)
    wanted = rates_of(bundle.rates, action.kind, action.target, action.actor.agent)
    if stopped is not None or not wanted:
        return stopped
    full = traffic.take_rates(wanted, now_ns)
    if full is None:
        return None
    traffic.release(action, bundle)
    return too_often(*full, unknown="Calls through other workers are not counted.")


def refused(decision: Decision, stage: str, rule: str, message: str, cure: str = "") -> Decision:
    """A refusal of what rules had allowed."""
    return msgspec.structs.replace(
        decision,
        verdict=Verdict.DENY,
        stage=stage,
        reasons=(Reason(rule, stage, message, cure),),
        obligations=(),
        hold_micro_usd=0,
    )
