"""A case: one action on its way through the stages."""

from __future__ import annotations

from typing import Any

import msgspec

from holdfast.action import Action
from holdfast.decision.agents import Principal
from holdfast.decision.bundle import Bundle
from holdfast.decision.controls import Controls
from holdfast.decision.gate import Gate
from holdfast.decision.session import Session
from holdfast.decision.verdict import Opinion, Reason, Verdict


class Case(msgspec.Struct):
    """What the stages know and find out about one action; nothing outlives the decision."""

    action: Action
    session: Session
    bundle: Bundle
    controls: Controls
    now_ns: int
    approvals: frozenset[str]
    arguments: dict[str, Any]
    digest: str
    gate: Gate | None = None
    principals: tuple[Principal, ...] = ()
    """One for each link of the chain, the actor last."""
    obligations: tuple[str, ...] = ()
    unendorsed: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    hold_micro_usd: int = 0


Opinions = tuple[Opinion, ...]
SILENT: Opinions = ()


def opinion(verdict: Verdict, stage: str, message: str, *, rule: str = "", cure: str = "") -> Opinions:
    """What one built-in stage thinks."""
    return (Opinion(verdict, Reason(rule or f"holdfast:{stage}", stage, message, cure)),)
