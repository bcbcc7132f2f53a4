"""Thresholds that look like a slip of the unit: cents or micro-dollars for dollars, shares for per cent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple, cast

from holdfast.decision.cedar import Decimal, Policy
from holdfast.decision.cedar.naming import scope_actions
from holdfast.decision.cedar.refute import constant
from holdfast.decision.cedar.spelling import path_of, spell_value
from holdfast.decision.cedar.syntax import Expression
from holdfast.decision.cedar.writer import COMPARE_DECIMALS
from holdfast.decision.lint.finding import Lint, Severity, about
from holdfast.decision.lint.written import Written

ORDERS: Final = frozenset({"<", "<=", ">", ">=", *COMPARE_DECIMALS})
FACTORS: Final = {
    100: "cents and whole units",
    1_000: "thousandths and whole units",
    1_000_000: "millionths and units",
}
MICRO_MIN: Final = 1_000
"""A limit of less than a tenth of a cent is hardly meant."""
_minor = re.compile(r"(?:^|_)(?:cents?|pence|minor|minor_units?)$").search
_share = re.compile(r"(?:^|_)(?:rate|ratio|share|fraction|probability|confidence)$").search
_percent = re.compile(r"(?:^|_)(?:percent|percentage|pct)$").search


class Threshold(NamedTuple):
    """A number that an argument is compared with."""

    policy: Policy
    path: tuple[str, ...]
    value: float
    text: str

    @property
    def name(self) -> str:
        """The argument's own name."""
        return self.path[-1].lower()


def check_units(written: Written) -> Iterator[Lint]:
    """Thresholds in a unit that their argument's name, or the other thresholds, speak against."""
    found = [one for policy in written.policies for one in thresholds(policy)]
    for one in found:
        slip = _slip(one)
        if slip:
            message, suggestion = slip
            yield about(one.policy, "unit-slip", message, needle=one.text, suggestion=suggestion)
    yield from _far_apart(found)


def thresholds(policy: Policy) -> Iterator[Threshold]:
    """The numbers that a policy compares values of the context with."""
    for clause in policy.conditions:
        yield from _thresholds(policy, clause.body)


def _slip(one: Threshold) -> tuple[str, str] | None:
    if one.path[-1] == "micro_usd" and 0 < one.value < MICRO_MIN:
        told = f"{one.text} micro-dollars are ${one.value / 1e6:.6f}"
        return told, f"${one.text} are {one.value * 1e6:.0f} micro-dollars."
    if _minor(one.name) and 0 < one.value < 100:
        return (
            f"{one.text} in {one.path[-1]} is less than one whole unit",
            f"{one.text} units are {one.value * 100:g}.",
        )
    if _share(one.name) and one.value > 1:
        return (
            f"{one.path[-1]} is a share, and shares end at 1",
            f"{one.text} per cent are {one.value / 100:g}.",
        )
    if _percent(one.name) and 0 < one.value < 1:
        told = f"{one.text} in {one.path[-1]} is less than one per cent"
        return told, f"As a share of 1 it would be {one.value * 100:g} per cent."
    return None


def _far_apart(found: list[Threshold]) -> Iterator[Lint]:
    """The same argument with thresholds of which one is exactly the other in another unit."""
    first: dict[tuple[Any, ...], list[Threshold]] = {}
    for one in found:
        policy = one.policy
        # A limit to ask at and one to refuse at may well be far apart.
        leads = (policy.effect, bool(policy.cure), policy.on)
        others = first.setdefault((one.path, scope_actions(policy), leads), [])
        for other in others:
            low, high = sorted((abs(one.value), abs(other.value)))
            factor = high / low if low else 0
            if factor in FACTORS and policy.id != other.policy.id:
                message = (
                    f"{one.text} here, {other.text} in the rule {other.policy.id}: {FACTORS[int(factor)]}?"
                )
                yield about(policy, "unit-slip", message, needle=one.text, severity=Severity.INFO)
        others.append(one)


def _thresholds(policy: Policy, form: Any) -> Iterator[Threshold]:
    if isinstance(form, list):
        for one in cast("list[Any]", form):
            yield from _thresholds(policy, one)
        return
    if not isinstance(form, dict):
        return
    for operator, operand in cast("dict[str, Any]", form).items():
        if operator in ORDERS:
            pair: Any = operand if operator in COMPARE_DECIMALS else (operand["left"], operand["right"])
            left, right = cast("tuple[Expression, Expression]", tuple(pair))
            for value, limit in ((left, right), (right, left)):
                path, number = path_of(value), constant(limit)
                if path and number and isinstance(number.value, int):
                    shown = number.value / 10_000 if isinstance(number.value, Decimal) else number.value
                    yield Threshold(policy, path, shown, spell_value(number.value))
        yield from _thresholds(policy, operand)
