"""How many records calls touch adds up over a run and a day, and nothing that goes beyond runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import holdfast
from holdfast.guard import uninstall

POLICY = """
agents: {'*': {team: support}}
tools: {export_orders: {effect: read}, weather: {effect: read}}
rules:
  - allow_tools: {tools: [export_orders, weather]}
  - allow_agents: {}
"""


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[[str], Any]]:
    def start(more: str) -> Any:
        uninstall()
        policy = tmp_path / "policy.yaml"
        policy.write_text(POLICY + more)
        return holdfast.init(policies=policy, data=tmp_path / "data", integrations=False)

    yield start
    uninstall()


@holdfast.tool(effect="read")
def export_orders(ids: list[int] | None = None, limit: int = 0) -> int:
    return limit or len(ids or ())


@holdfast.tool(effect="read")
def weather(city: str) -> str:
    return city


def export(*limits: int, agent: str = "clerk") -> int:
    """How many records of these calls were exported in one run."""
    touched = 0

    @holdfast.agent(agent)
    def act() -> None:
        nonlocal touched
        for limit in limits:
            try:
                touched += export_orders(limit=limit)
            except holdfast.BudgetSpent:
                continue

    with holdfast.session():
        act()
    return touched


def test_records_add_up_over_a_run_and_over_a_day(begin: Callable[[str], Any]) -> None:
    rule = "  - record_limit: {max: 500, tools: ['export_*'], per_run: 900, per_day: 1500}\n"
    begin(rule)
    assert export(400, 400, 400, 100) == 900
    assert export(400, 400, 200) == 600
    assert export(1) == 0
    assert export(400, agent="another") == 400
    begin(rule)
    assert export(1) == 0


def test_one_call_of_the_named_tools_says_a_number_within_its_limit(begin: Callable[[str], Any]) -> None:
    begin("  - record_limit: {max: 500, tools: ['export_*'], per_run: 900}\n")

    @holdfast.agent("clerk")
    def act() -> None:
        export_orders(limit=501)

    with pytest.raises(holdfast.Denied, match="500 records at most"):
        act()


def test_a_list_counts_what_it_holds_and_other_calls_add_nothing(begin: Callable[[str], Any]) -> None:
    begin("budgets:\n  - {scope: session, records: 5}\n")
    ran: list[str] = []

    @holdfast.agent("clerk")
    def act() -> None:
        ran.append(weather("Riga"))
        export_orders(ids=[1, 2, 3])
        ran.append(weather("Porto"))
        export_orders(ids=[1, 2, 3])

    with pytest.raises(holdfast.BudgetSpent, match="session's budget is spent: 3 records of 5 records"):
        act()
    assert ran == ["Riga", "Porto"]
