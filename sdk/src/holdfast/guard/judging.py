"""From what somebody wants to do to a judged step; what goes wrong on the way is a refusal with a reason."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final, NamedTuple

import msgspec

from holdfast.action import Action, Contract, Effect, Kind, canonicalise, digest
from holdfast.decision import Bundle, Controls, Decision, Reason, Verdict, decide
from holdfast.decision.detectors.spawns import is_spawn
from holdfast.decision.projectors.mail import recipients
from holdfast.errors import HoldfastError, Invalid
from holdfast.guard.facts import facts_here
from holdfast.guard.ids import new_step_id
from holdfast.guard.run import Run
from holdfast.guard.spending import Spending
from holdfast.guard.step import Call, Step
from holdfast.record import redact
from holdfast.record.redact import restore

Accept = Callable[[Decision], bool]
NOBODY: Final[frozenset[str]] = frozenset()
RUNS: Final = frozenset({Verdict.ALLOW, Verdict.TRANSFORM})
TOOL: Final = Kind.TOOL
START: Final = Kind.START
HALT: Final = Verdict.HALT
# On CPython 3.11 `Kind.TOOL` costs 0.1 µs each time.
TRIES: Final = 32
"""So often an action is judged anew, because others were faster to use what was left."""
BUSY: Final = "What is left of a budget is in use by too many at once; try again later."
OWN_FAILURE: Final = "holdfast:error"
"""The rule named when Holdfast itself failed; such an action never runs."""

EFFECTS: Final = {
    Kind.START: Effect.READ,
    Kind.MODEL: Effect.READ,
    Kind.DELEGATE: Effect.READ,
    Kind.OUTPUT: Effect.READ,
    Kind.MEMORY: Effect.WRITE,
    Kind.MESSAGE: Effect.SEND,
}
"""What an action without a contract does to the world; a tool without one may do anything."""


class Standing(NamedTuple):
    """What an action is judged by, beside itself."""

    run: Run
    bundle: Bundle
    controls: Controls
    roles: frozenset[str] = NOBODY


def always(_: Decision) -> bool:
    """Accept whatever was decided."""
    return True


def judge(
    call: Call,
    run: Run,
    bundle: Bundle,
    controls: Controls,
    *,
    parent: str,
    spending: Spending | None = None,
) -> Step:
    """Decide one call under the session's lock; raises nothing."""
    contract = bundle.contracts.get(call.target) if call.kind is TOOL else None
    plain, canonical, trouble = _plain(call.arguments)
    action = _action(call, run, contract, plain=plain, canonical=canonical, parent=parent)
    if trouble:
        decision = refuse(action, bundle, stage="arguments", rule="holdfast:arguments", message=trouble)
    else:
        decision = _spend(action, Standing(run, bundle, controls), spending)
    fingerprint = bundle.fingerprints[contract.tool] if contract else ""
    step = Step(call, action, decision, run, contract=contract, fingerprint=fingerprint)
    if spending is not None:
        step.leases = spending.held(action.id)
    return step


def judge_again(
    step: Step,
    action: Action,
    bundle: Bundle,
    controls: Controls,
    roles: frozenset[str],
    *,
    spending: Spending | None = None,
) -> Decision:
    """Decide a held step once more, now that people approved it, perhaps with other arguments."""
    decision = _spend(action, Standing(step.run, bundle, controls, roles), spending)
    if spending is not None:
        step.leases = spending.held(action.id)
    return decision


def with_edits(action: Action, arguments: dict[str, Any] | None) -> tuple[Action, str]:
    """The action as a person approved it, and the digest that the approval is bound to.

    People see arguments without the secrets in them; what they left as it was shown is put back.

    Raises:
        Invalid: the arguments are not plain data.
    """
    if arguments is None:
        return action, action.digest
    _, shown = canonicalise(arguments)
    exact = restore(arguments, shown=redact(action.arguments), original=action.arguments)
    return with_arguments(action, exact), digest(action.kind, action.target, shown)


def with_arguments(action: Action, arguments: dict[str, Any]) -> Action:
    """The action with other arguments.

    Raises:
        Invalid: the arguments are not plain data.
    """
    plain, canonical = canonicalise(arguments)
    return msgspec.structs.replace(
        action, arguments=plain, canonical=canonical, digest=digest(action.kind, action.target, canonical)
    )


def refuse(
    action: Action, bundle: Bundle, *, stage: str, rule: str, message: str, cure: str = ""
) -> Decision:
    """A refusal that no rule was asked for."""
    reason = Reason(rule, stage.partition(":")[0], message, cure)
    return Decision(action.id, Verdict.DENY, stage, (reason,), action.arguments, action.digest, bundle.hash)


def refuse_own_failure(action: Action, bundle: Bundle, error: Exception) -> Decision:
    """A refusal because Holdfast itself failed; the model learns only that it was refused."""
    where = type(error).__name__
    detail = error.message if isinstance(error, HoldfastError) else str(error)
    reason = Reason(OWN_FAILURE, "error", "this could not be checked", detail[:500])
    return Decision(
        action.id, Verdict.DENY, f"error:{where}", (reason,), action.arguments, action.digest, bundle.hash,
        errors=(f"{where}: {detail[:500]}",),
    )  # fmt: skip


def _spend(action: Action, at: Standing, spending: Spending | None) -> Decision:
    """Judge with what budgets leave: what others use, too, may be gone between a look and a hold."""
    try:
        if spending is None or spending.idle:
            return _decide(action, at)[0]
        contract = at.bundle.contracts.get(action.target) if action.kind is Kind.TOOL else None
        accept = partial(spending.accept, action, at.run, contract, bool(at.roles))
        settled, decision = False, None
        for _ in range(TRIES):
            spending.claim(action, at.run, contract)
            decision, settled = _decide(action, at, accept)
            if settled:
                break
        if decision is None or not settled:
            decision = refuse(action, at.bundle, stage="budget", rule="holdfast:budget:busy", message=BUSY)
        if decision.verdict not in RUNS:
            spending.release(action.id)
    except Exception as error:  # noqa: BLE001  # fail closed: our own failure is a refusal, recorded as one
        return refuse_own_failure(action, at.bundle, error)
    return decision


def _decide(action: Action, at: Standing, accept: Accept = always) -> tuple[Decision, bool]:
    """Under the session's lock: judge, and let the session remember what was judged, if that is accepted."""
    state = at.run.session.state
    with at.run.session.lock:
        decision = decide(
            action, state, at.bundle,
            controls=at.controls, now_ns=time.time_ns(), approvals=at.roles, tick=time.perf_counter_ns,
        )  # fmt: skip
        if not accept(decision):
            return decision, False
        # A person's kill concerns whom it names; only what the rules halt ends the whole session.
        if decision.verdict is not HALT or decision.stage != "kill":
            state.take(action, decision)
            contract = at.bundle.contracts.get(action.target) if at.roles else None
            if contract is not None and decision.verdict in RUNS:
                # A person approved exactly this, so whom it goes to is nobody new from now on.
                state.meet(recipients(action.arguments, contract))
            if is_spawn(action) and decision.verdict in RUNS:
                state.started(action, time.time_ns())
        return decision, True


def _action(
    call: Call, run: Run, contract: Contract | None, *, plain: dict[str, Any], canonical: bytes, parent: str
) -> Action:
    kind, target = call.kind, call.target
    # By position: every governed action waits for this.
    return Action(
        run.root if kind is START else new_step_id(), kind, run.actor, target, plain, canonical,
        digest(kind, target, canonical),
        contract.effect if contract else EFFECTS.get(kind, Effect.EXECUTE),
        run.id, run.session.id, run.trace, parent, run.next_step(), run.chain, run.person,
        call.estimate, facts_here(),
    )  # fmt: skip


def _plain(arguments: dict[str, Any]) -> tuple[dict[str, Any], bytes, str]:
    """The canonical arguments, or none with the reason why there are none."""
    try:
        return (*canonicalise(arguments), "")
    except Invalid as error:
        return {}, b"{}", str(error)
