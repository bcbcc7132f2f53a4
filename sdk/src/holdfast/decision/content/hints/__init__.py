"""What must stand in a text before any detector finds anything in it: patterns for one automaton.

A text in which none of them stands need not be read by the detectors. Each is wider than what it stands for:
that none is too narrow is held by sdk/tests/unit/decision/content/test_hints.py, with `re` as the automaton.
"""

from __future__ import annotations

from functools import cache

from holdfast.decision.content.hints import orders, personal, secret
from holdfast.decision.content.hints.hint import Hint
from holdfast.decision.content.hints.loosening import plain

__all__ = ["Hint", "hints", "plain"]


@cache
def hints() -> tuple[Hint, ...]:
    """All of them."""
    return (*secret.hints(), *personal.hints(), *orders.hints())
