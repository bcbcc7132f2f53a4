"""Last: does the most that this can use still fit? Last, so that a denied action holds nothing."""

from __future__ import annotations

from typing import Final

from holdfast.decision.budgets.units import dollars
from holdfast.decision.case import SILENT, Case, Opinions, Part, opinion
from holdfast.decision.gate import Gate
from holdfast.decision.limits import MICRO, Budget
from holdfast.decision.session import HOLDS_MAX, RUNS_MAX
from holdfast.decision.signatures import COUNTED
from holdfast.decision.stages.accounts import check_accounts, need_of, time_of
from holdfast.decision.terms import Terms
from holdfast.decision.usage import Usage
from holdfast.decision.verdict import Verdict

NOTHING_USED: Final = Usage()
FULL: Final = "This session holds as many actions as it may; begin another."
OWNERS: Final = {"session": "usage", "run": "used"}
FITS: Final = {
    "micro_usd": ("cost is not None and {0}.micro_usd + {0}.held_micro_usd + cost + fixed_micro_usd <= {1}"),
    "tokens": "{0}.tokens + {0}.held_tokens + estimate.tokens_in + estimate.tokens_out <= {1}",
    "calls": "{0}.calls + calls <= {1}",
}
"""For each unit, whether an action stays within a limit: {0} is who used, {1} the most."""
IN_PURSES: Final = "(session.purses is None or session.purses.fits(action, fixed_micro_usd, calls, ms))"


def budget_stage(gate: Gate | None, terms: Terms) -> Part | None:
    """Check the priced maximum against every budget; the session holds it when it takes the action."""
    if gate is None:
        return None
    fixed, calls = gate.fixed_micro_usd, 1 if gate.kind in COUNTED else 0

    def look(case: Case) -> Opinions:
        session, estimate = case.session, case.action.estimate
        run = session.runs.get(case.action.run, NOTHING_USED)
        if len(session.holds) >= HOLDS_MAX or (run is NOTHING_USED and len(session.runs) >= RUNS_MAX):
            return opinion(Verdict.DENY, "budget", FULL)
        cost = None if estimate.cost_micro_usd is None else estimate.cost_micro_usd + fixed
        tokens = estimate.tokens_in + estimate.tokens_out
        found = _look_closer(case, terms, run, cost, {"tokens": tokens, "calls": calls})
        if session.purses is None:
            return found
        need = need_of(gate.kind, estimate, gate.contract, case.arguments)
        return found + check_accounts(case, need, terms.flow.approver)

    names = {
        "HOLDS_MAX": HOLDS_MAX,
        "fixed_micro_usd": fixed,
        "calls": calls,
        "ms": time_of(gate.kind, gate.contract),
    }
    names |= {"RUNS_MAX": RUNS_MAX, "NOTHING_USED": NOTHING_USED}
    fits = ["(used is not NOTHING_USED or len(session.runs) < RUNS_MAX) and len(session.holds) < HOLDS_MAX"]
    for (scope, unit), most in terms.least.items():
        names[f"{scope}_{unit}"] = most
        fits.append(FITS[unit].format(OWNERS[scope], f"{scope}_{unit}"))
    fits.append(IN_PURSES)
    return Part(look, " and ".join(fits), names)


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
    cure = "Price the model, or set unpriced: allow."
    return opinion(Verdict.DENY, "budget", message, rule="holdfast:unpriced", cure=cure)


def _spent(case: Case, terms: Terms, budget: Budget, state: str, need: str) -> Opinions:
    approver = terms.flow.approver
    verdict = Verdict(budget.verdict)
    if verdict is Verdict.ASK and approver in case.approvals:
        return SILENT
    message = f"The {budget.scope}'s budget is spent: {state} used or held, and this may use {need}."
    cure = f"approval:{approver}" if verdict is Verdict.ASK else f"Raise the {budget.scope} budget."
    return opinion(verdict, "budget", message, cure=cure)


def _amount(unit: str, number: int) -> str:
    return dollars(number / MICRO) if unit == "micro_usd" else f"{number:,} {unit}"
