"""Last: does the most that this can use still fit? Last, so that a denied action holds nothing."""

from __future__ import annotations

from typing import Final

from holdfast.action import Kind
from holdfast.decision.case import SILENT, Case, Opinions, opinion
from holdfast.decision.limits import MICRO, Budget
from holdfast.decision.session import HOLDS_MAX, RUNS_MAX
from holdfast.decision.signatures import COUNTED
from holdfast.decision.usage import Usage
from holdfast.decision.verdict import Verdict

NOTHING_USED: Final = Usage()
TOOL: Final = Kind.TOOL


def check_budgets(case: Case) -> Opinions:
    """Check the priced maximum against every budget; the session holds it when it takes the action."""
    action, session, bundle, gate = case.action, case.session, case.bundle, case.gate
    estimate = action.estimate
    cost = estimate.cost_micro_usd
    if cost is not None and gate is not None and action.kind is TOOL:
        cost += gate.contract.cost_micro_usd
    case.hold_micro_usd = cost or 0
    run = session.runs.get(action.run, NOTHING_USED)
    if len(session.holds) >= HOLDS_MAX or (run is NOTHING_USED and len(session.runs) >= RUNS_MAX):
        return opinion(Verdict.DENY, "budget", "This session holds as many actions as it may; begin another.")
    tokens, calls = estimate.tokens_in + estimate.tokens_out, 1 if action.kind in COUNTED else 0
    if (
        cost is not None
        and session.usage.fits(bundle.session_room, cost, tokens, calls)
        and run.fits(bundle.run_room, cost, tokens, calls)
    ):
        return SILENT
    return _look_closer(case, run, cost, {"tokens": tokens, "calls": calls})


def _look_closer(case: Case, run: Usage, cost: int | None, needs: dict[str, int]) -> Opinions:
    """Which budgets are spent, by how much."""
    # An unknown price is never zero: it does not fit once nothing is left.
    needs["micro_usd"] = 1 if cost is None else cost
    found: Opinions = SILENT
    for budget, unit, limit in case.bundle.limits:
        need = needs[unit]
        if need:
            usage = case.session.usage if budget.scope == "session" else run
            used = usage.total(unit)
            if used + need > limit:
                state = f"{_amount(unit, used)} of {_amount(unit, limit)}"
                found += _spent(case, budget, state, _amount(unit, need))
            elif cost is None and unit == "micro_usd" and budget.unpriced == "deny":
                found += _unpriced(case)
    return found


def _unpriced(case: Case) -> Opinions:
    message = f"The price of {case.action.target} is not known, and there is a budget in USD."
    cure = "price the model, or set unpriced: allow"
    return opinion(Verdict.DENY, "budget", message, rule="holdfast:unpriced", cure=cure)


def _spent(case: Case, budget: Budget, state: str, need: str) -> Opinions:
    approver = case.bundle.flow.approver
    verdict = Verdict(budget.verdict)
    if verdict is Verdict.ASK and approver in case.approvals:
        return SILENT
    message = f"The {budget.scope}'s budget is spent: {state} used or held, and this may use {need}."
    cure = f"approval:{approver}" if verdict is Verdict.ASK else f"raise the {budget.scope} budget"
    return opinion(verdict, "budget", message, cure=cure)


def _amount(unit: str, number: int) -> str:
    return f"${number / MICRO:,.4f}" if unit == "micro_usd" else f"{number:,} {unit}"
