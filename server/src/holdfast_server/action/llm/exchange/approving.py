"""Asking a person about what waits: a call that is about to be sent, or a tool call that came back."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import msgspec

from holdfast.action import Action
from holdfast.decision import Decision
from holdfast.record import redact, redact_text
from holdfast_server.action.llm.exchange.house import House

NOBODY: Final[frozenset[str]] = frozenset()
SILENCE_S: Final = 5.0
"""So much longer than people may take, the answer that nobody answered may take."""


async def ask(house: House, action: Action, decision: Decision) -> frozenset[str]:
    """The roles whose approval this very action has when a person was asked; none for a no, or silence.

    The approval is used up here, so it is good for this once.
    """
    wait_s = house.behaviour.ask_s
    try:
        async with asyncio.timeout(wait_s + SILENCE_S):
            answered = await house.keeper.ask_person(_request(action, decision, wait_s), wait_s)
            # Edited arguments are another call than the one that is held here.
            if answered.state != "approved" or answered.arguments is not None:
                return NOBODY
            used = await house.keeper.use_approval(answered.approval, action.digest, action.id)
    except TimeoutError:
        return NOBODY
    return frozenset(answered.roles or decision.roles) if used.ok else NOBODY


def _request(action: Action, decision: Decision, wait_s: float) -> dict[str, Any]:
    return {
        "step": action.id,
        "run": action.run,
        "session": action.session,
        "trace": action.trace,
        "agent": action.actor.agent,
        "version": action.actor.version,
        "owner": action.actor.owner,
        "person": action.person,
        "chain": [link.agent for link in action.chain],
        "kind": action.kind.value,
        "target": action.target,
        "effect": action.effect.value,
        "arguments": redact(action.arguments),
        "digest": action.digest,
        "reasons": msgspec.to_builtins(decision.reasons),
        "roles": list(decision.roles),
        "unendorsed": [redact_text(item) for item in decision.unendorsed],
        "ttl_s": max(1.0, wait_s),
    }
