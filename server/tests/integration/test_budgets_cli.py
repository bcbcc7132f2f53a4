"""`holdfast budgets` against a real server: what people type, and what they read."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result

from holdfast.cli.group import holdfast


@pytest.fixture
def budgets(up: Callable[..., Any]) -> Callable[..., Result]:
    url = up().url
    return lambda *words: CliRunner().invoke(holdfast, ["budgets", *words, "--server", url])


def test_a_budget_is_set_seen_changed_and_removed(budgets: Callable[..., Result]) -> None:
    assert "a policy file" in budgets().output  # the starter pack's own, for each session
    assert "holdfast budgets add" in budgets("list", "--scope", "agent").output
    said = budgets(
        "add", "agent", "refunds", "--usd", "20", "--soft", "15", "--window", "day", "--by", "ann", "--json"
    )
    made = json.loads(said.output)
    assert (made["scope"], made["key"], made["limit"], made["soft"]) == ("agent", "refunds", 20, 15)
    listed = budgets("list", "--scope", "agent")
    assert made["id"] in listed.output
    assert "$20.0000" in listed.output
    edited = budgets("edit", made["id"], "--limit", "30", "--no-soft", "--by", "bob")
    assert "$30.0000" in edited.output
    assert "warned" not in edited.output
    shown = budgets("show", made["id"]).output
    assert "agent refunds, by the day" in shown
    assert "bob" in shown
    assert budgets("remove", made["id"], "--yes", "--by", "ann").exit_code == 0
    assert budgets("show", made["id"]).exit_code == 2


WRONG = (
    (("add", "org"), "--usd"),
    (("add", "org", "--usd", "1", "--calls", "2"), "each is a budget"),
    (("add", "agent", "a", "--usd", "1", "--time-zone", "Mars/Olympus", "--window", "day"), "Mars/Olympus"),
    (("edit", "bud_none"), "--limit"),
    (("edit", "bud_none", "--limit", "3"), "there is no budget"),
    (("add", "planet", "--usd", "1"), "planet"),
)


def test_what_cannot_be_says_what_to_write(budgets: Callable[..., Result]) -> None:
    for words, said in WRONG:
        told = budgets(*words)
        assert (told.exit_code, said in told.output) == (2, True), (words, told.output)
