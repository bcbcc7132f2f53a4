"""How much a call moves: money, records, bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from holdfast.action import Contract, Effect
from holdfast.decision.budgets.records import stated_records
from holdfast.decision.cedar.values import LONG_MAX, Decimal

_of_amount = re.compile(r"amount|total|price|sum|cost|usd|eur|gbp|value|discount|percent").search
"""Whether a name, lower case, speaks of an amount."""
_money = re.compile(r"\s*[^\d\s.,+-]{0,4}\s*[-+]?(\d{1,3}(?:,\d{3})+|\d{1,15})(\.\d{1,9})?\s*[^\d.,]{0,4}\s*")


def amount(arguments: Mapping[str, Any], contract: Contract) -> Decimal:
    """The largest number whose name speaks of an amount; for spending, unknown is the most, never zero."""
    found = [
        number
        for name, value in arguments.items()
        if _of_amount(name.lower())
        for number in _numbers(value, contract)
    ]
    if found:
        # Rounded up: an amount is never judged smaller than it is.
        return Decimal(min(LONG_MAX, -int(-max(found) * 10_000 // 1)))
    return Decimal(LONG_MAX if contract.effect is Effect.SPEND else 0)


def records(arguments: Mapping[str, Any], contract: Contract) -> int:
    """How many records a call touches at most: the longest list, or what `limit`, `count` and the like say.

    A call that says neither may touch any number, so it counts as the most there can be.
    """
    del contract
    stated = stated_records(arguments)
    return LONG_MAX if stated is None else stated


def longest_text(arguments: Mapping[str, Any], contract: Contract) -> int:
    """Characters of the longest string anywhere in the arguments."""
    del contract
    return max((len(text) for text in _every_text(arguments)), default=0)


def _numbers(value: Any, contract: Contract) -> Iterator[float]:
    if type(value) in {int, float}:
        yield abs(value)
    elif isinstance(value, str) and contract.effect is Effect.SPEND:
        match = _money.fullmatch(value)
        yield float((match[1] + (match[2] or "")).replace(",", "")) if match else LONG_MAX


def _every_text(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in cast("Mapping[str, Any]", value).values():
            yield from _every_text(inner)
    elif isinstance(value, list):
        for inner in cast("list[Any]", value):
            yield from _every_text(inner)
