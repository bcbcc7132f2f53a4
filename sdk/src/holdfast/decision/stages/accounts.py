"""Budgets that others use, too: does the most that this can use fit into what was leased for it?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from holdfast.action import Contract, Estimate, Kind
from holdfast.decision.budgets import Account, Need, told
from holdfast.decision.budgets.records import stated_records
from holdfast.decision.case import SILENT, Case, Opinions, opinion
from holdfast.decision.signatures import COUNTED
from holdfast.decision.verdict import Verdict

MS_PER_S: Final = 1_000
WARN: Final = "warn:budget:"
NO_ARGUMENTS: Final[Mapping[str, Any]] = {}


def need_of(
    kind: Kind, estimate: Estimate, contract: Contract | None, arguments: Mapping[str, Any] = NO_ARGUMENTS
) -> Need:
    """The most that an action can use; time as far as its contract bounds it, records as it says."""
    cost = estimate.cost_micro_usd
    fixed = contract.cost_micro_usd if contract is not None and kind is Kind.TOOL else 0
    return Need(
        usd=None if cost is None else cost + fixed,
        tokens=estimate.tokens_in + estimate.tokens_out,
        calls=1 if kind in COUNTED else 0,
        seconds=time_of(kind, contract),
        records=(stated_records(arguments) or 0) if kind is Kind.TOOL else 0,
    )


def time_of(kind: Kind, contract: Contract | None) -> int:
    """Milliseconds that a call may take at most, as far as its contract says; what counts takes one."""
    if kind not in COUNTED:
        return 0
    bound = contract.timeout_s if contract is not None and kind is Kind.TOOL else 0.0
    return max(1, round(bound * MS_PER_S))


def check_accounts(case: Case, need: Need, approver: str) -> Opinions:
    """Which accounts have too little left; which are nearly empty is only said."""
    purses = case.session.purses
    found: Opinions = SILENT
    if purses is None:
        return found
    holds = case.action.id in purses.held
    for account in purses.runs.get(case.action.run, ()):
        terms, amount = account.terms, need.of(account.terms.unit)
        if not amount:
            continue
        if need.usd is None and terms.unit == "usd" and terms.unpriced == "deny":
            found += _unpriced(case)
        elif not holds and account.free < amount and not account.waiting:
            found += _spent(case, account, amount, approver)
        elif terms.soft is not None and account.total + (0 if holds else amount) > terms.soft:
            case.obligations += (WARN + _nearly(account),)
    return found


def _spent(case: Case, account: Account, amount: int, approver: str) -> Opinions:
    terms = account.terms
    verdict = Verdict(terms.verdict)
    if verdict is Verdict.ASK and approver in case.approvals:
        return SILENT
    if account.away:
        message = f"The {_named(account)} budget cannot be checked: the server is out of reach."
        cure = "Reconnect the server."
        return opinion(Verdict.DENY, "budget", message, rule="holdfast:budget:away", cure=cure)
    limit, total = told(terms.limit, terms.unit), told(account.total, terms.unit)
    message = (
        f"The {_named(account)} budget is spent: {total} of {limit} used or held,"
        f" and this may use {told(amount, terms.unit)}."
    )
    asks = verdict is Verdict.ASK
    cure = f"approval:{approver}" if asks else f"Raise the budget {terms.id}, or wait until it begins anew."
    return opinion(verdict, "budget", message, rule=f"holdfast:budget:{terms.id}", cure=cure)


def _unpriced(case: Case) -> Opinions:
    message = f"The price of {case.action.target} is not known, and there is a budget in USD."
    cure = "Price the model, or set unpriced: allow."
    return opinion(Verdict.DENY, "budget", message, rule="holdfast:unpriced", cure=cure)


def _nearly(account: Account) -> str:
    terms = account.terms
    soft, limit = told(terms.soft or 0, terms.unit), told(terms.limit, terms.unit)
    return f"the {_named(account)} budget is past {soft} of {limit}"


def _named(account: Account) -> str:
    """Whose budget it is, in words."""
    terms = account.terms
    window = {"none": "", "day": "'s daily", "week": "'s weekly", "month": "'s monthly"}[terms.window]
    whose = terms.scope if terms.scope in {"org", "run", "session"} else f"{terms.scope} {account.key}"
    return f"{whose}{window}" if window else f"{whose}'s"
