"""`holdfast search` and `holdfast views` against a real server: what people type, and what they read."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result
from server.tests.conftest import Agent

from holdfast.cli.group import holdfast


@pytest.fixture(scope="module")
def ask(up_for_all: Callable[..., Any]) -> Callable[..., Result]:
    """A server that knows a run of `refunds` that was denied something, and one of `billing`."""
    server = up_for_all()
    for name in ("refunds", "billing"):
        agent = Agent(name)
        agent.begin(f"work of {name}")
        agent.decide("tool", "issue_refund", "deny" if name == "refunds" else "allow")
        assert server.http.post("/v1/records", json=agent.envelope()).status_code == 200
    return lambda *words: CliRunner().invoke(holdfast, [*words, "--server", server.url])


def test_every_noun_is_searched(ask: Callable[..., Result]) -> None:
    runs = ask("search", "agent:refunds", "verdict:deny")
    assert ("work of refunds" in runs.output, "billing" in runs.output) == (True, False)
    assert "issue_refund" in ask("search", "--in", "decisions", "tool:issue_*").output
    assert "decision" in ask("search", "--in", "ledger", "type:decision").output
    assert ask("search", "--in", "spans", "error:x").output == "Nothing matches.\n"
    assert "work of billing" in ask("runs", "--query", "-agent:refunds").output
    assert "refunds" in ask("search", "--facets", "has:agent").output


def test_a_mistake_is_told_where_it_stands(ask: Callable[..., Result]) -> None:
    told = ask("search", "agnt:x")
    assert (told.exit_code, "column 1: unknown field `agnt`" in told.output) == (2, True)


def test_a_view_is_saved_used_renamed_and_deleted(ask: Callable[..., Result]) -> None:
    saved = ask("views", "save", "Refused", "verdict:deny", "--by", "ann")
    assert "/runs?view=view_" in saved.output
    assert "Refused" in ask("views").output
    found = json.loads(ask("search", "--view", "Refused", "agent:refunds", "--json").output)
    assert [one["title"] for one in found["items"]] == ["work of refunds"]
    assert ask("views", "rename", "Refused", "Turned down").exit_code == 0
    assert ask("views", "delete", "Turned down").exit_code == 0
    assert "No search has been saved yet" in ask("views").output
    assert ask("search", "--view", "Turned down").exit_code == 2
