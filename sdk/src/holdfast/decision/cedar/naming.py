"""What a policy names: the actions of its scope, entities anywhere in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from holdfast.decision.cedar.syntax import Policy


def scope_actions(policy: Policy) -> tuple[str, ...]:
    """The actions that a policy's scope names."""
    scope = policy.action
    named = scope.get("entities") or ([scope["entity"]] if "entity" in scope else [])
    return tuple(str(one["id"]) for one in named)


def entities_of(form: Any, kind: str) -> Iterator[str]:
    """The entities of one type that are named in Cedar's JSON form."""
    if isinstance(form, list):
        for one in cast("list[Any]", form):
            yield from entities_of(one, kind)
    elif isinstance(form, dict):
        inner = cast("dict[str, Any]", form)
        if inner.get("type") == kind and "id" in inner:
            yield str(inner["id"])
        for one in inner.values():
            yield from entities_of(one, kind)
