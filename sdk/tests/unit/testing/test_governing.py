"""A test can put its agents under real policies, and say what should have been decided."""

from __future__ import annotations

from pathlib import Path

import pytest

import holdfast
from holdfast.errors import Denied
from holdfast.testing import assert_allowed, assert_asked, assert_denied, governed

POLICIES = """
agents: {"*": {}}
rules:
  - allow_agents: {}
  - allow_effects: {effects: [read, write, spend]}
  - deny_tools: {tools: [drop_table]}
  - threshold: {tool: refund, arg: amount, approve_over: 100, approver: finance}
"""


@holdfast.tool(effect="spend", labels=())
def refund(order: str, amount: int) -> str:
    """Pay an order back."""
    return f"{amount} for {order}"


@holdfast.tool(effect="write", labels=())
def drop_table(table: str) -> str:
    """Drop a table."""
    return f"dropped {table}"


def test_what_the_policies_allow_runs():
    with governed(POLICIES) as seen:
        assert refund("A-1", 20) == "20 for A-1"
    assert_allowed(seen, "refund")


def test_what_they_refuse_does_not_and_the_rule_is_named():
    with governed(POLICIES) as seen, pytest.raises(Denied):
        drop_table("orders")
    assert_denied(seen, "drop_table", rule="*/deny_tools*")


def test_what_asks_is_refused_because_nobody_is_there():
    with governed(POLICIES) as seen, pytest.raises(Denied):
        refund("A-1", 500)
    assert_asked(seen, "refund", rule="*/threshold*")
    assert_denied(seen, "refund", rule="holdfast:nobody")


def test_policies_may_be_files(tmp_path: Path):
    file = tmp_path / "rules.yaml"
    file.write_text(POLICIES)
    with governed(file) as seen, pytest.raises(Denied):
        drop_table("orders")
    assert_denied(seen, "drop_table", rule="rules/*")


def test_a_wrong_claim_says_what_was_decided_instead():
    with governed(POLICIES) as seen:
        refund("A-1", 20)
    with pytest.raises(AssertionError, match=r"no deny .*refund: allow"):
        assert_denied(seen, "refund")
    with pytest.raises(AssertionError, match="nothing was decided about pay"):
        assert_allowed(seen, "pay")


def test_nothing_is_governed_afterwards_and_the_next_test_begins_anew():
    with governed(POLICIES):
        refund("A-1", 20)
    with governed(POLICIES) as seen:
        refund("A-2", 20)
    assert len(seen.decisions("refund")) == 1
