"""`holdfast.guard.facts`: what the program around an agent says of the actions inside a block."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, cast

from holdfast.decision.cedar import did_you_mean
from holdfast.decision.facts import FACTS
from holdfast.errors import Misconfigured

SETS: Final = (set, frozenset, tuple, list)

_facts: Final[ContextVar[Mapping[str, Any] | None]] = ContextVar("holdfast_facts", default=None)

facts_here = _facts.get
"""The facts said around the running code; None when there are none."""


@contextmanager
def facts(**said: Any) -> Generator[None]:
    """Say something of every action inside the block that policies may ask about, beside its arguments.

    Args:
        said: facts by their names, as in docs/concepts/facts.md; inner blocks add to outer ones.

    Raises:
        Misconfigured: there is no such fact.
    """
    for name in said:
        if name not in FACTS:
            raise Misconfigured(f"there is no fact {name}", hint=did_you_mean(name, FACTS))
    plain: dict[str, Any] = {
        name: sorted(map(str, cast("Iterable[Any]", value))) if isinstance(value, SETS) else value
        for name, value in said.items()
    }
    token = _facts.set({**(_facts.get() or {}), **plain})
    try:
        yield
    finally:
        _facts.reset(token)
