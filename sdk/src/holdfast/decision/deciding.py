"""From an action, a session and a bundle to one decision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from holdfast.action import Action
from holdfast.decision.bundle import Bundle
from holdfast.decision.case import SILENT, Case, Check, Opinions, opinion
from holdfast.decision.controls import FREE, Controls
from holdfast.decision.session import Session
from holdfast.decision.stages import look_for_denials
from holdfast.decision.verdict import Decision, Reason, Verdict, combine

NOBODY: Final[frozenset[str]] = frozenset()
ALLOW: Final = Verdict.ALLOW
RUNS: Final = frozenset({Verdict.ALLOW, Verdict.TRANSFORM})
NO_REASONS: Final[tuple[Reason, ...]] = ()
REFUSED: Final = frozenset({Verdict.DENY, Verdict.HALT})

Timings = tuple[tuple[str, int], ...]


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
        case = Case(action, session, controls, now_ns, approvals, action.arguments, action.digest)
        plan = bundle.plan(action)
        opinions, settled, timings = _walk(case, plan.checks, tick)
        verdict, reasons = ALLOW, NO_REASONS
        if opinions:
            verdict, reasons, settled = _weigh(case, bundle, opinions, settled)
        # By position: every governed action waits for this.
        return Decision(
            action.id,
            verdict,
            settled,
            reasons,
            case.arguments,
            case.digest,
            bundle.hash,
            case.obligations,
            session.label_names,
            plan.brings,
            case.unendorsed,
            case.hold_micro_usd if verdict in RUNS else 0,
            sum([took for _, took in timings]) if timings else 0,
            timings,
            case.errors,
        )
    except Exception as error:  # noqa: BLE001  # whatever was handed in, the answer is a refusal
        return _refuse(action, bundle, error)


def _walk(
    case: Case, checks: tuple[tuple[str, Check], ...], tick: Callable[[], int]
) -> tuple[Opinions, str, Timings]:
    """What was thought, the stage that settled it, and what each stage took."""
    opinions, settled = SILENT, "allow"
    timings: list[tuple[str, int]] = []
    timed = tick is not zero
    before = tick()
    for name, check in checks:
        try:
            found = check(case)
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
    return opinions, settled, tuple(timings)


def _weigh(
    case: Case, bundle: Bundle, opinions: Opinions, settled: str
) -> tuple[Verdict, tuple[Reason, ...], str]:
    """Many opinions become one verdict; asking for the refused again and again ends worse."""
    verdict, reasons = combine(opinions, silence=ALLOW)
    if verdict is Verdict.DENY:
        again = look_for_denials(case, bundle.terms)
        if again and again[0].verdict is not ALLOW:
            settled = "detector" if again[0].verdict is Verdict.HALT else settled
            verdict, reasons = combine((*opinions, *again), silence=Verdict.DENY)
    return verdict, reasons, settled


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
