"""From an action, a session and a bundle to one decision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from holdfast.action import Action
from holdfast.decision.bundle import Bundle
from holdfast.decision.case import SILENT, Case, Check, Opinions, opinion
from holdfast.decision.controls import FREE, Controls
from holdfast.decision.plan import Plan
from holdfast.decision.session import Session
from holdfast.decision.stages import look_for_denials
from holdfast.decision.verdict import Decision, Reason, Verdict, combine, stricter, strictest

NOBODY: Final[frozenset[str]] = frozenset()
ALLOW: Final = Verdict.ALLOW
TRANSFORM: Final = Verdict.TRANSFORM
DENY: Final = Verdict.DENY
HALT: Final = Verdict.HALT
# On CPython 3.11 `Verdict.ALLOW` costs 0.2 µs each time, and a set of verdicts hashes each of them in Python.
NOTHING: Final[tuple[()]] = ()

Stages = tuple[tuple[str, Check], ...]
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
        tick: a clock in nanoseconds, for the timings: of the glance at all stages, and of each that was
            looked at; without one there are none.
    """
    try:
        plan = bundle.plan(action)
        began = 0 if tick is zero else tick()
        try:
            first = plan.glance(action, session, controls, now_ns, approvals)
        except Exception:  # noqa: BLE001  # a policy or a stage that fails is named when it is looked at by itself
            first = 0
        if first is not None:
            case = Case(action, session, controls, now_ns, approvals, action.arguments, action.digest)
            refused = _refuse_at_once(case, bundle, plan, first, began, tick)
            return refused or _look(case, bundle, plan, first, began, tick)
        cost = action.estimate.cost_micro_usd
        # By position: every governed action waits for this.
        return Decision(
            action.id, ALLOW, "allow", NOTHING, action.arguments, action.digest, bundle.hash, NOTHING,
            session.label_names, plan.brings, NOTHING, NOTHING, NOTHING,
            0 if cost is None else cost + plan.fixed_micro_usd, 0 if tick is zero else tick() - began,
        )  # fmt: skip
    except Exception as error:  # noqa: BLE001  # whatever was handed in, the answer is a refusal
        return _refuse(action, bundle, error)


def _refuse_at_once(  # noqa: PLR0917  # by position, like all that an action waits for
    case: Case, bundle: Bundle, plan: Plan, first: int, began: int, tick: Callable[[], int]
) -> Decision | None:
    """The refusal of the first stage that has something to say, when that needs no look; else None."""
    action, session = case.action, case.session
    name, refuse = plan.refusals[first]
    try:
        reasons = refuse(case)
    except Exception:  # noqa: BLE001  # what failed is for the look to say
        return None
    track = session.tracks.get(action.run)
    # Of a call that was refused before in its run, a detector may have something to say.
    if not reasons or (track is not None and action.digest in track.denials):
        return None
    return Decision(
        action.id, DENY, name, reasons, action.arguments, action.digest, bundle.hash, NOTHING,
        session.label_names, plan.brings, NOTHING, NOTHING, NOTHING, 0, 0 if tick is zero else tick() - began,
    )  # fmt: skip


def _look(  # noqa: PLR0917  # by position, like all that an action waits for
    case: Case, bundle: Bundle, plan: Plan, first: int, began: int, tick: Callable[[], int]
) -> Decision:
    """Ask the stages one by one, from the first that has something to say, for their words."""
    glanced = tick() - began
    opinions, settled, timings = _walk(case, (plan.looks[first], *plan.stages[first + 1 :]), tick)
    verdict, reasons = ALLOW, NOTHING
    if opinions:
        verdict, reasons, settled = _weigh(case, bundle, opinions, settled)
    if tick is not zero:
        timings = (("glance", glanced), *timings)
    action, doubts, hold = case.action, case.doubts, 0
    if verdict is ALLOW or verdict is TRANSFORM:
        cost = action.estimate.cost_micro_usd
        hold = 0 if cost is None else cost + plan.fixed_micro_usd
    return Decision(
        action.id, verdict, settled, reasons, case.arguments, case.digest, bundle.hash, case.obligations,
        case.session.label_names, plan.brings, tuple([str(doubt) for doubt in doubts]) if doubts else NOTHING,
        doubts, case.endorses, hold, sum([taken for _, taken in timings]) if timings else 0, timings,
        case.errors, case.would,
    )  # fmt: skip


def _walk(case: Case, stages: Stages, tick: Callable[[], int]) -> tuple[Opinions, str, Timings]:
    """What was thought, the stage that settled it, and what each stage took."""
    opinions, settled = SILENT, "allow"
    timings: list[tuple[str, int]] = []
    before = tick()
    for name, check in stages:
        try:
            found = check(case)
        except Exception as error:  # noqa: BLE001  # an error in a stage is that stage's refusal
            name, found = f"error:{name}", _broken(name, error)  # noqa: PLW2901  # the stage is named after its failure
            case.errors += (name,)
        now = tick()
        timings.append((name, now - before))
        before = now
        if found:
            settled = _settler(settled, name, opinions, found)
            opinions += found
            if any(one.verdict is DENY or one.verdict is HALT for one in found):
                break
    return opinions, settled, tuple(timings) if tick is not zero else NOTHING


def _weigh(
    case: Case, bundle: Bundle, opinions: Opinions, settled: str
) -> tuple[Verdict, tuple[Reason, ...], str]:
    """Many opinions become one verdict; asking for the refused again and again ends worse."""
    verdict, reasons = combine(opinions, silence=ALLOW)
    if verdict is DENY:
        again = look_for_denials(case, bundle.terms)
        if again and again[0].verdict is not ALLOW:
            settled = "detector" if again[0].verdict is HALT else settled
            verdict, reasons = combine((*opinions, *again), silence=DENY)
    return verdict, reasons, settled


def _settler(settled: str, name: str, before: Opinions, found: Opinions) -> str:
    """The stage that settles it: the first that was as strict as the strictest."""
    new = strictest(found, silence=ALLOW)
    if not before:
        return settled if new is ALLOW else name
    old = strictest(before, silence=ALLOW)
    return settled if stricter(old, new) is old else name


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
