"""What a ledger proves that its process used of the leases it held."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from holdfast.decision.budgets import Used
from holdfast.record.events import DecisionRecord, Leaf, OutcomeRecord

RAN: Final = frozenset({"done", "failed"})
NS_PER_MS: Final = 1_000_000


def tally(leaves: Iterable[Leaf], units: Mapping[str, str]) -> dict[str, int]:
    """How much of each lease was used, as `Tally.whole` says.

    Args:
        leaves: every record of the ledger, in its order.
        units: the unit of each lease that is asked about; others are passed over.
    """
    counted = Tally(units)
    counted.add(leaves)
    return counted.whole()


class Tally:
    """Counts what calls used while their records are read; a ledger of any length, a part at a time."""

    def __init__(self, units: Mapping[str, str]) -> None:
        """Begin.

        Args:
            units: the unit of each lease that is asked about; others are passed over.
        """
        self._units = units
        self.used = dict.fromkeys(units, 0)
        """How much of each lease calls used that ended."""
        self.under_way: dict[str, DecisionRecord] = {}
        """The calls whose end is not recorded, by their steps."""

    def add(self, leaves: Iterable[Leaf]) -> None:
        """Take in the next records of the ledger, in its order."""
        for leaf in leaves:
            if isinstance(leaf, DecisionRecord):
                if leaf.leases:
                    self.under_way[leaf.step] = leaf
            elif isinstance(leaf, OutcomeRecord):
                began = self.under_way.pop(leaf.step, None)
                if began is not None:
                    _add(self.used, self._units, began, used_by(leaf, began.at_ns))

    def whole(self) -> dict[str, int]:
        """How much of each lease was used, as the process itself would have said.

        A call whose end is not recorded has used all that was held for it: nobody knows better.
        """
        used = dict(self.used)
        for began in self.under_way.values():
            _add(used, self._units, began, None)
        return used


def used_by(outcome: OutcomeRecord, began_ns: int) -> Used:
    """What an outcome says that its call used."""
    ran = outcome.status in RAN or (outcome.status != "refused" and outcome.cost_micro_usd is not None)
    tokens = outcome.tokens_in + outcome.tokens_out
    known = tokens or (0 if outcome.cost_micro_usd is not None else None)
    seconds = max(0, outcome.at_ns - began_ns) // NS_PER_MS
    return Used(ran=ran, usd=outcome.cost_micro_usd, tokens=known, seconds=seconds)


def _add(used: dict[str, int], units: Mapping[str, str], began: DecisionRecord, told: Used | None) -> None:
    for lease, held in began.leases:
        unit = units.get(lease)
        if unit is not None:
            used[lease] += held if told is None else told.of(unit, held)
