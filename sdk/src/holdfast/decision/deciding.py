"""From an action, a session and a bundle to one decision."""

from __future__ import annotations

from collections.abc import Callable

from holdfast.action import Action, Effect, Kind
from holdfast.decision.bundle import Bundle
from holdfast.decision.controls import FREE, Controls
from holdfast.decision.session import Session
from holdfast.decision.verdict import Decision, Reason, Verdict


def zero() -> int:
    """A clock that stands still: timings are not wanted."""
    return 0


def decide(
    action: Action,
    session: Session,
    bundle: Bundle,
    *,
    controls: Controls = FREE,
    now_ns: int = 0,
    approvals: frozenset[str] = frozenset(),
    tick: Callable[[], int] = zero,
) -> Decision:
    """Judge one action; never raises, never changes the session."""
    verdict, stage, reasons = Verdict.ALLOW, "allow", ()
    contract = bundle.contracts.get(action.target)
    if session.latch is not None:
        verdict, stage = Verdict.HALT, "kill"
        reasons = (Reason(session.latch.rule, "kill", session.latch.message),)
    elif action.kind is Kind.TOOL and contract is None:
        verdict, stage = Verdict.DENY, "contract"
        reasons = (Reason("holdfast:contract", "contract", f"{action.target} has no contract"),)
    elif contract and contract.effect not in {Effect.READ, Effect.WRITE} and "owner" not in approvals:
        verdict, stage = Verdict.ASK, "policy"
        reasons = (Reason("starter/ask", "policy", "a person must approve this", "approval:owner"),)
    return Decision(
        action.id, verdict, stage, reasons, action.arguments, action.digest, bundle.hash, took_ns=tick()
    )
