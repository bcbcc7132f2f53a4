"""What the policies say of every action, whatever tool or model it is about."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from holdfast.decision.directory import Directory
from holdfast.decision.limits import Budget, Detectors, Flow
from holdfast.decision.usage import Room


class Terms(msgspec.Struct, frozen=True):
    """What stages are compiled from, beside the gate."""

    directory: Directory
    detectors: Detectors
    flow: Flow
    limits: tuple[tuple[Budget, str, int], ...] = ()
    """Every limit of every budget, flat: the budget, the unit, the most."""

    def room(self, scope: str) -> Room:
        """What the budgets of one scope leave together: of each unit the least."""
        limits = [(unit, most) for budget, unit, most in self.limits if budget.scope == scope]
        return Room(**dict(sorted(limits, key=lambda limit: -limit[1])))


def flatten(budgets: Iterable[Budget]) -> tuple[tuple[Budget, str, int], ...]:
    """Every limit of every budget."""
    return tuple((budget, unit, most) for budget in budgets for unit, most in budget.limits)
