"""What the policies say of every action, whatever tool or model it is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from holdfast.decision.directory import Directory
from holdfast.decision.limits import Budget, Detectors, Flow


class Terms(msgspec.Struct, frozen=True):
    """What stages are compiled from, beside the gate."""

    directory: Directory
    detectors: Detectors
    flow: Flow
    limits: tuple[tuple[Budget, str, int], ...] = ()
    """Every limit of every budget, flat: the budget, the unit, the most."""
    enforcement: Mapping[str, str] = {}
    """Levels that were said of rules, by rule; they go before those that stand with the rules."""

    @property
    def least(self) -> dict[tuple[str, str], int]:
        """Of each scope and unit the least that any budget allows."""
        found: dict[tuple[str, str], int] = {}
        for budget, unit, most in self.limits:
            key = (budget.scope, unit)
            found[key] = min(most, found.get(key, most))
        return found


def flatten(budgets: Iterable[Budget]) -> tuple[tuple[Budget, str, int], ...]:
    """Every limit of every budget."""
    return tuple((budget, unit, most) for budget in budgets for unit, most in budget.limits)
