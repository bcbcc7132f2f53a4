"""`holdfast sessions` and `holdfast runs` against a real server: what people type, and what they read."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from holdfast.cli.group import holdfast


@pytest.fixture
def told(up, make_agent):
    """A failed run of two agents, and how to ask about it."""
    server = up()
    agent, child = make_agent("coordinator", session="job/7"), make_agent("refunds", session="job/7")
    agent.begin("refund order 7")
    handed = agent.decide("delegate", "refunds")
    child.begin("refund it", trace=agent.run, parent=handed)
    reasons = [{"rule": "cap", "message": "above the cap"}]
    refused = child.decide("tool", "pay", "deny", trace=agent.run, payload={"reasons": reasons})
    child.end(refused, "refused")
    child.finish("failed")
    agent.finish("failed")
    for one in (agent, child):
        assert server.http.post("/v1/records", json=one.envelope()).status_code == 200

    def ask(*words: str) -> str:
        said = CliRunner().invoke(holdfast, [*words, "--server", server.url])
        assert said.exit_code == 0, said.output
        return said.output

    return agent, child, refused, ask


def test_sessions_are_listed_and_shown_with_their_runs(told):
    agent, child, _, ask = told
    assert "job/7" in ask("sessions")
    assert "No session matches." in ask("sessions", "list", "--agent", "nobody")
    shown = ask("sessions", "show", "job/7")
    assert "refund order 7" in shown
    assert agent.run in shown
    assert child.run in shown
    assert json.loads(ask("sessions", "show", "job/7", "--json"))["session"]["runs"] == 2


def test_a_run_says_where_it_turned_and_who_gave_work_to_whom(told):
    agent, _, refused, ask = told
    for word in ("attribution", "explain"):
        said = ask("runs", word, agent.run)
        assert refused in said
        assert "Refused: above the cap" in said
        assert "plain guesses" in said
    assert json.loads(ask("runs", "attribution", agent.run, "--json"))["turned_at"] == refused
    assert "delegation" in ask("runs", "edges", agent.run)
    assert "complete" in ask("runs", "show", agent.run)
