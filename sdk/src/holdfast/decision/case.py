"""A case: one action on its way through the stages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from holdfast.action import Action
from holdfast.decision.agents import Principal
from holdfast.decision.controls import Controls
from holdfast.decision.session import Session
from holdfast.decision.verdict import Opinion, Reason, Verdict


class Case(msgspec.Struct, gc=False):
    """What the stages know and find out about one action; nothing outlives the decision."""

    action: Action
    session: Session
    controls: Controls
    now_ns: int
    approvals: frozenset[str]
    arguments: dict[str, Any]
    digest: str
    principals: tuple[Principal, ...] = ()
    """One for each link of the chain, the actor last."""
    obligations: tuple[str, ...] = ()
    unendorsed: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    hold_micro_usd: int = 0


Opinions = tuple[Opinion, ...]
SILENT: Opinions = ()
Check = Callable[[Case], Opinions]
"""One stage, compiled for one gate: what it thinks of a case; silence is the empty tuple."""


def opinion(verdict: Verdict, stage: str, message: str, *, rule: str = "", cure: str = "") -> Opinions:
    """What one built-in stage thinks."""
    return (Opinion(verdict, Reason(rule or f"holdfast:{stage}", stage, message, cure)),)
