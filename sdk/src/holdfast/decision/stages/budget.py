"""Last: does the most that this can use still fit? Last, so that a denied action holds nothing."""

from __future__ import annotations

from typing import Final

from holdfast.action import Kind
from holdfast.decision.case import SILENT, Case, Check, Opinions, opinion
from holdfast.decision.gate import Gate
from holdfast.decision.limits import MICRO, Budget
from holdfast.decision.session import HOLDS_MAX, RUNS_MAX
from holdfast.decision.signatures import COUNTED
from holdfast.decision.terms import Terms
from holdfast.decision.usage import Usage
from holdfast.decision.verdict import Verdict

NOTHING_USED: Final = Usage()
FULL: Final = "This session holds as many actions as it may; begin another."


def budget_check(gate: Gate | None, terms: Terms) -> Check | None:
    """Check the priced maximum against every budget; the session holds it when it takes the action."""
    if gate is None:
        return None
    fixed = gate.contract.cost_micro_usd if gate.kind is Kind.TOOL else 0
    calls = 1 if gate.kind in COUNTED else 0
    session_room, run_room, limits = terms.room("session"), terms.room("run"), terms.limits

    def check(case: Case) -> Opinions:
        action, session = case.action, case.session
        estimate = action.estimate
        cost = estimate.cost_micro_usd
        if cost is not None:
            cost += fixed
            case.hold_micro_usd = cost
        run = session.runs.get(action.run, NOTHING_USED)
        if len(session.holds) >= HOLDS_MAX or (run is NOTHING_USED and len(session.runs) >= RUNS_MAX):
            return opinion(Verdict.DENY, "budget", FULL)
        if not limits:
            return SILENT
        tokens = estimate.tokens_in + estimate.tokens_out
        if (
            cost is not None
            and session.usage.fits(session_room, cost, tokens, calls)
            and run.fits(run_room, cost, tokens, calls)
        ):
            return SILENT
        return _look_closer(case, terms, run, cost, {"tokens": tokens, "calls": calls})

    return check


def _look_closer(case: Case, terms: Terms, run: Usage, cost: int | None, needs: dict[str, int]) -> Opinions:
    """Which budgets are spent, by how much."""
    # An unknown price is never zero: it does not fit once nothing is left.
    needs["micro_usd"] = 1 if cost is None else cost
    found: Opinions = SILENT
    for budget, unit, limit in terms.limits:
        need = needs[unit]
        if need:
            usage = case.session.usage if budget.scope == "session" else run
            used = usage.total(unit)
            if used + need > limit:
                state = f"{_amount(unit, used)} of {_amount(unit, limit)}"
                found += _spent(case, terms, budget, state, _amount(unit, need))
            elif cost is None and unit == "micro_usd" and budget.unpriced == "deny":
                found += _unpriced(case)
    return found


def _unpriced(case: Case) -> Opinions:
    message = f"The price of {case.action.target} is not known, and there is a budget in USD."
    cure = "price the model, or set unpriced: allow"
    return opinion(Verdict.DENY, "budget", message, rule="holdfast:unpriced", cure=cure)


def _spent(case: Case, terms: Terms, budget: Budget, state: str, need: str) -> Opinions:
    approver = terms.flow.approver
    verdict = Verdict(budget.verdict)
    if verdict is Verdict.ASK and approver in case.approvals:
        return SILENT
    message = f"The {budget.scope}'s budget is spent: {state} used or held, and this may use {need}."
    cure = f"approval:{approver}" if verdict is Verdict.ASK else f"raise the {budget.scope} budget"
    return opinion(verdict, "budget", message, cure=cure)


def _amount(unit: str, number: int) -> str:
    return f"${number / MICRO:,.4f}" if unit == "micro_usd" else f"{number:,} {unit}"
