"""The accounts that the runs of one session count in, as judging reads them."""

from __future__ import annotations

from collections.abc import Container, Mapping

from holdfast.action import Action, Kind
from holdfast.decision.budgets.account import Account
from holdfast.decision.budgets.records import stated_records


class Purses:
    """Replaced as a whole, or run by run; a session without budgets beyond its own has none."""

    __slots__ = ("held", "runs")

    def __init__(self, runs: Mapping[str, tuple[Account, ...]], held: Container[str] = ()) -> None:
        """Keep them.

        Args:
            runs: the accounts of each run.
            held: steps that hold in all of their accounts already.
        """
        self.runs = dict(runs)
        self.held = held

    def fits(self, action: Action, fixed_micro_usd: int, calls: int, ms: int) -> bool:
        """Whether an action stays within every account, and nothing has to be said about it."""
        estimate = action.estimate
        for account in self.runs.get(action.run, ()):
            terms = account.terms
            unit = terms.unit
            if unit == "usd":
                cost = estimate.cost_micro_usd
                if cost is None:
                    return False
                need = cost + fixed_micro_usd
            elif unit == "tokens":
                need = estimate.tokens_in + estimate.tokens_out
            elif unit == "calls":
                need = calls
            elif unit == "seconds":
                need = ms
            else:
                need = (stated_records(action.arguments) or 0) if action.kind is Kind.TOOL else 0
            taken = account.used + account.held
            if need and need > account.granted - taken and action.id not in self.held:
                return False
            if terms.soft is not None and account.others + taken + need > terms.soft:
                return False
        return True
