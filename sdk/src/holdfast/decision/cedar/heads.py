"""The head of a policy: what it says of the principal and the resource before it reads anything else.

Where a head does not hold, the whole policy says nothing, and nothing in it can fail. So who asks and what is
acted on pick the policies that are worth asking, and a thousand rules cost as much as those few.
"""

from __future__ import annotations

from typing import Any, cast

import msgspec

from holdfast.decision.cedar.syntax import Clause, Expression, Policy
from holdfast.decision.cedar.writer import spine

READS_MORE = "context"
"""The variable that a head never reads: everything else stands still while a bundle is in force."""


def head_of(policy: Policy) -> Policy:
    """The same policy with as many of its leading conditions as its head has."""
    kept: list[Clause] = []
    for clause in policy.conditions:
        terms = _leading(clause)
        if terms is None:
            kept.append(clause)
            continue
        if terms:
            kept.append(Clause("when", _joined(terms)))
        break
    return msgspec.structs.replace(policy, conditions=tuple(kept))


def _leading(clause: Clause) -> list[Expression] | None:
    """The first terms of a condition that read nothing else; None when all of it reads nothing else."""
    if not _reads_more(clause.body):
        return None
    if clause.kind == "unless" or "&&" not in clause.body:
        return []
    terms: list[Expression] = []
    for term in spine("&&", clause.body["&&"]):
        if _reads_more(term):
            break
        terms.append(term)
    return terms


def _joined(terms: list[Expression]) -> Expression:
    joined, *rest = terms
    for term in rest:
        joined = {"&&": {"left": joined, "right": term}}
    return joined


def _reads_more(expression: Any) -> bool:
    match expression:
        case {"Var": name}:
            return name == READS_MORE
        case {"Value": _}:
            return False
        case dict():
            return any(map(_reads_more, cast("dict[str, Any]", expression).values()))
        case list():
            return any(map(_reads_more, cast("list[Any]", expression)))
        case _:
            return False
