"""What a policy may ask of what happened before: who was met, how deep and how wide the work has become."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from holdfast.action import Action, Contract
from holdfast.decision.projectors.mail import recipients
from holdfast.decision.session import Session

REASON_WORDS = ("reason", "rationale", "justification", "why", "purpose_note")


class Moment(Protocol):
    """Everything a context may be read from."""

    action: Action
    arguments: dict[str, Any]
    session: Session
    approvals: frozenset[str]
    now_ns: int


def new_recipients(moment: Moment, contract: Contract) -> frozenset[str]:
    """Mail addresses that neither the person nor a trusted tool has named in this session, lower case."""
    holds = moment.session.endorsed.holds
    return frozenset(one for one in recipients(moment.arguments, contract) if not holds(one))


def new_domains(moment: Moment, contract: Contract) -> frozenset[str]:
    """The domains of those addresses."""
    return frozenset(one.rpartition("@")[2] for one in new_recipients(moment, contract))


def runs(moment: Moment, contract: Contract) -> int:
    """How many runs this session has begun."""
    del contract
    return len(moment.session.runs)


def recursion(moment: Moment, contract: Contract) -> int:
    """How many times the agent that is asked to act stands in the chain already."""
    del contract
    action = moment.action
    name = action.target if action.kind == "delegate" else action.actor.agent
    return sum(actor.agent == name for actor in action.chain[:-1]) + (
        action.kind == "delegate" and action.actor.agent == name
    )


def rationale(arguments: Mapping[str, Any], contract: Contract) -> str:
    """The reason that an argument named `reason`, `rationale`, `justification` or `why` gives."""
    del contract
    for word in REASON_WORDS:
        value = arguments.get(word)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""
