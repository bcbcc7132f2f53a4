from __future__ import annotations

import pytest

from holdfast.action import Actor
from holdfast.client import Link, identify
from holdfast.decision import STARTER
from holdfast.guard.announcing import AGENTS_MAX, Announcing
from holdfast.guard.rules import Rules


def test_agents_beyond_the_most_are_not_told_of_and_the_log_says_so_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    announcing = Announcing(Rules([STARTER], origin="starter"), Link(None, identify))
    for number in range(AGENTS_MAX + 3):
        announcing.announce(Actor(f"a{number}"), tools=(), models=(), framework="")
        announcing.announce(Actor("a0"), tools=(), models=(), framework="")
    said = [one.getMessage() for one in caplog.records]
    assert len(said) == 1
    assert f"{AGENTS_MAX} agents, and of no more" in said[0]
