"""What a ledger proves that its process used of the leases it held."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from holdfast.decision.budgets import Used
from holdfast.record.events import DecisionRecord, Leaf, OutcomeRecord

RAN: Final = frozenset({"done", "failed"})
NS_PER_MS: Final = 1_000_000


def tally(leaves: Iterable[Leaf], units: Mapping[str, str]) -> dict[str, int]:
    """How much of each lease was used, as the process itself would have said.

    A call whose end is not recorded has used all that was held for it: nobody knows better.

    Args:
        leaves: every record of the ledger, in its order.
        units: the unit of each lease that is asked about; others are passed over.
    """
    used, under_way = recount(leaves, units)
    for began in under_way.values():
        _add(used, units, began, None)
    return used


def recount(
    leaves: Iterable[Leaf], units: Mapping[str, str]
) -> tuple[dict[str, int], dict[str, DecisionRecord]]:
    """How much of each lease calls used that ended, and the calls whose end is not recorded, by their steps.

    Args:
        leaves: every record of the ledger, in its order.
        units: the unit of each lease that is asked about; others are passed over.
    """
    used = dict.fromkeys(units, 0)
    under_way: dict[str, DecisionRecord] = {}
    for leaf in leaves:
        if isinstance(leaf, DecisionRecord):
            if leaf.leases:
                under_way[leaf.step] = leaf
        elif isinstance(leaf, OutcomeRecord):
            began = under_way.pop(leaf.step, None)
            if began is not None:
                _add(used, units, began, used_by(leaf, began.at_ns))
    return used, under_way


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
