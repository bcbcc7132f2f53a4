"""A case: one action on its way through the stages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from holdfast.action import Action, Actor
from holdfast.decision.controls import Controls
from holdfast.decision.session import Session
from holdfast.decision.verdict import Doubt, Opinion, Reason, Verdict, Would


class Case(msgspec.Struct, gc=False):
    """What the stages know and find out about one action; nothing outlives the decision."""

    action: Action
    session: Session
    controls: Controls
    now_ns: int
    approvals: frozenset[str]
    arguments: dict[str, Any]
    digest: str
    obligations: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    """Values that nobody entitled has chosen."""
    endorses: tuple[str, ...] = ()
    """Fields of the result that may be chosen from afterwards."""
    errors: tuple[str, ...] = ()
    would: tuple[Would, ...] = ()
    """What rules that do not count yet would have done."""

    @property
    def chain(self) -> tuple[Actor, ...]:
        """Everyone on whose authority this is done, the actor last."""
        chain, actor = self.action.chain, self.action.actor
        return chain if chain and chain[-1] == actor else (*chain, actor)


Opinions = tuple[Opinion, ...]
SILENT: Opinions = ()
Check = Callable[[Case], Opinions]
"""What a stage thinks of a case; silence is the empty tuple."""
Reasons = tuple[Reason, ...]
Refuse = Callable[[Case], Reasons]
"""Why a stage refuses a case, whatever the stages after it think; nothing where it has to look."""


def look_closer(case: Case) -> Reasons:
    """Refuse nothing at once."""
    del case
    return ()


class Part(msgspec.Struct, frozen=True):
    """One stage, compiled for one gate: at first only a glance, and a look where that does not suffice."""

    look: Check
    """Finds the words; asked only when the glance was not enough."""
    glance: str = ""
    """Python, in the words of `glance.WORDS`: true when there is nothing to say. Without it, always look."""
    names: Mapping[str, Any] = {}
    """What else the glance speaks of."""
    refuse: Refuse = look_closer
    """Asked between glance and look: most refusals are as plain as what is allowed. It may raise."""


def opinion(verdict: Verdict, stage: str, message: str, *, rule: str = "", cure: str = "") -> Opinions:
    """What one built-in stage thinks."""
    return (Opinion(verdict, Reason(rule or f"holdfast:{stage}", stage, message, cure)),)
