"""Small questions that are asked of every request: may this key use that model, does that kill concern it."""

from __future__ import annotations

from collections.abc import Set
from fnmatch import fnmatchcase

from holdfast_server.action.llm.config import Key
from holdfast_server.action.llm.exchange.step import Step


def is_named(name: str, globs: tuple[str, ...]) -> bool:
    """Whether one of these names or patterns means this."""
    return any(fnmatchcase(name, one) for one in globs)


def may_use(key: Key, asked: str, target: str = "") -> bool:
    """Whether a key reaches a model, by the name that the client uses or by `provider/model`."""
    return not key.models or is_named(asked, key.models) or (bool(target) and is_named(target, key.models))


def is_killed(step: Step | None, kills: Set[tuple[str, str]]) -> bool:
    """Whether somebody stopped what this step belongs to."""
    if step is None:
        return False
    action = step.action
    over = {
        ("org", "*"),
        ("org", ""),
        ("session", action.session),
        ("run", action.run),
        ("run", action.trace),
        ("model", action.target),
        ("agent", action.actor.agent),
    }
    return not over.isdisjoint(kills)
