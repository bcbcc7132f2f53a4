"""Which part of a policy does not fit its types: Cedar's validator says what is wrong, not where."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, cast

from holdfast.decision.cedar import Policy
from holdfast.decision.cedar.spelling import spell
from holdfast.decision.cedar.syntax import Expression

Check = Callable[[Iterable[Mapping[str, Any]]], list[tuple[int, str]]]
"""What is wrong with policies, and with which of them."""
TESTS: Final = frozenset(
    (
        "==", "!=", "<", "<=", ">", ">=", "in", "like", "contains", "containsAll", "containsAny", "&&", "||",
        "!",
    )
)  # fmt: skip
"""Operators that make something which is true or false."""
_numbered = re.compile(r"for policy `policy\d+`, ")


def find_culprit(policy: Policy, message: str, check: Check) -> str:
    """The smallest part that is wrong in the same words when it stands alone, as the policy writes it.

    Empty when the message names the place itself, or when no part of the policy is wrong alone.
    """
    told = _numbered.sub("", message)
    if "`" in told:
        return ""
    for part in _tests(policy.form["conditions"]):
        alone = {**policy.form, "conditions": [{"kind": "when", "body": part}]}
        if any(_numbered.sub("", one) == told for _, one in check([alone])):
            written = spell(part)
            bare = written[1:-1] if written.startswith("(") else written
            return bare if bare in policy.text else next(_attributes(part), "")
    return ""


def _tests(form: Any) -> Iterator[Expression]:
    """Every part of a condition that is true or false, the inner ones first."""
    if isinstance(form, list):
        for one in cast("list[Any]", form):
            yield from _tests(one)
    elif isinstance(form, dict):
        inner = cast("Expression", form)
        for one in inner.values():
            yield from _tests(one)
        if len(inner) == 1 and not TESTS.isdisjoint(inner):
            yield inner


def _attributes(form: Any) -> Iterator[str]:
    """Names of attributes, the outermost first."""
    if isinstance(form, dict):
        inner = cast("dict[str, Any]", form)
        if isinstance(inner.get("attr"), str):
            yield inner["attr"]
        for one in inner.values():
            yield from _attributes(one)
