"""From an action, a session and a bundle to one decision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from holdfast.action import Action
from holdfast.decision.bundle import Bundle
from holdfast.decision.case import Case, Opinions, opinion
from holdfast.decision.controls import FREE, Controls
from holdfast.decision.session import Session
from holdfast.decision.stages import STAGES, look_for_denials
from holdfast.decision.verdict import Decision, Verdict, combine

NOBODY: Final[frozenset[str]] = frozenset()
ALLOW: Final = Verdict.ALLOW
RUNS: Final = frozenset({Verdict.ALLOW, Verdict.TRANSFORM})
REFUSED: Final = frozenset({Verdict.DENY, Verdict.HALT})


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
    approvals: frozenset[str] = NOBODY,
    tick: Callable[[], int] = zero,
) -> Decision:
    """Judge one action: the same answer for the same input, always an answer, and nothing changed.

    Args:
        action: what an agent wants to do.
        session: what happened before; the caller then tells it with `session.take`.
        bundle: the policies and contracts in force.
        controls: kills and the lease.
        now_ns: the time, as nanoseconds since the epoch.
        approvals: roles whose approval this very action has.
        tick: a clock in nanoseconds, for the timings; without one there are none.
    """
    try:
        case = Case(action, session, bundle, controls, now_ns, approvals, action.arguments, action.digest)
        return _walk(case, tick)
    except Exception as error:  # noqa: BLE001  # whatever was handed in, the answer is a refusal
        return _refuse(action, bundle, error)


def _walk(case: Case, tick: Callable[[], int]) -> Decision:
    opinions: Opinions = ()
    settled = "allow"
    timings: list[tuple[str, int]] = []
    timed = tick is not zero
    started = before = tick()
    for name, stage in STAGES:
        try:
            found = stage(case)
        except Exception as error:  # noqa: BLE001  # an error in a stage is that stage's refusal
            name, found = f"error:{name}", _broken(name, error)  # noqa: PLW2901  # the stage is named after its failure
            case.errors += (name,)
        if timed:
            now = tick()
            timings.append((name, now - before))
            before = now
        if found:
            settled = _settler(settled, name, opinions, found)
            opinions += found
            if not REFUSED.isdisjoint(one.verdict for one in found):
                break
    return _conclude(case, opinions, settled, before - started, timings)


def _conclude(
    case: Case, opinions: Opinions, settled: str, took_ns: int, timings: list[tuple[str, int]]
) -> Decision:
    verdict, reasons = combine(opinions, silence=ALLOW) if opinions else (ALLOW, ())
    if opinions and verdict is Verdict.DENY:
        again = look_for_denials(case)
        if again and again[0].verdict is not Verdict.ALLOW:
            settled = "detector" if again[0].verdict is Verdict.HALT else settled
            verdict, reasons = combine((*opinions, *again), silence=Verdict.DENY)
    runs = verdict in RUNS
    gate = case.gate
    return Decision(
        case.action.id,
        verdict,
        settled,
        reasons,
        case.arguments,
        case.digest,
        case.bundle.hash,
        obligations=case.obligations,
        labels=case.session.label_names,
        brings=gate.brings if gate is not None else (),
        unendorsed=case.unendorsed,
        hold_micro_usd=case.hold_micro_usd if runs else 0,
        took_ns=took_ns,
        timings_ns=tuple(timings),
        errors=case.errors,
    )


def _settler(settled: str, name: str, before: Opinions, found: Opinions) -> str:
    """The stage that settles it: the first that was as strict as the strictest."""
    old, _ = combine(before, silence=Verdict.ALLOW)
    new, _ = combine((*before, *found), silence=Verdict.ALLOW)
    return settled if new is old else name


def _broken(stage: str, error: Exception) -> Opinions:
    message = f"Judging failed at the stage {stage} ({type(error).__name__}), so the action is refused."
    return opinion(Verdict.DENY, "error", message, rule=f"error:{stage}")


def _refuse(action: Action, bundle: Bundle, error: Exception) -> Decision:
    reasons = (_broken("case", error)[0].reason,)
    return Decision(
        action=str(getattr(action, "id", "")),
        verdict=Verdict.DENY,
        stage="error:case",
        reasons=reasons,
        arguments={},
        digest="",
        bundle=str(getattr(bundle, "hash", "")),
        errors=("error:case",),
    )
