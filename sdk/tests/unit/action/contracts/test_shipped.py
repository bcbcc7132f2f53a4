"""The contracts that come with Holdfast hold what is said of contracts, and one another."""

from __future__ import annotations

import pytest

from holdfast.action import Effect, Origin
from holdfast.action.contracts import SHIPPED, check, missing_tools, read_shipped
from holdfast.decision import Source, compile_bundle
from holdfast.decision.pack.tools import shipped_contracts
from holdfast.errors import NotFound, PolicySyntaxError

POLICY = "agents: {{'*': {{}}}}\ntools:\n  use: [{use}]\n{more}rules:\n  - allow_agents: {{}}\n"


def policy(use: str, more: str = "") -> str:
    return POLICY.format(use=use, more=more)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_contract_can_be_kept(name: str) -> None:
    contracts = shipped_contracts(name)
    for contract in contracts.values():
        assert list(check(contract, contracts.get)) == [], contract.tool
        assert list(missing_tools(contract, contracts.get)) == []
        assert contract.origin is Origin.SHIPPED
        assert contract.description
        assert contract.parameters["type"] == "object"


@pytest.mark.parametrize("name", SHIPPED)
def test_what_changes_the_world_says_what_decides_where(name: str) -> None:
    for contract in shipped_contracts(name).values():
        if contract.effect in {Effect.SPEND, Effect.SEND, Effect.DESTROY} and "browser" not in name:
            assert contract.critical, contract.tool
        if contract.effect is Effect.SEND:
            assert contract.egress, contract.tool


def test_all_of_them_compile_together() -> None:
    names = ", ".join(name for name in SHIPPED)
    bundle = compile_bundle([Source("a.yaml", policy(names))])
    assert bundle.contracts["create_refund"].effect is Effect.SPEND


def test_a_file_says_more_of_what_it_uses() -> None:
    more = "  create_refund: {rate: {calls: 3, per_s: 3600}}\n"
    contract = compile_bundle([Source("a.yaml", policy("mcp/payments", more))]).contracts["create_refund"]
    assert contract.rate is not None
    assert contract.critical == ("payment_intent", "amount")


def test_only_some_and_under_another_name() -> None:
    text = policy("{from: mcp/slack, prefix: slack__, only: [slack_post_message]}")
    assert list(compile_bundle([Source("a.yaml", text)]).contracts) == ["slack__slack_post_message"]


@pytest.mark.parametrize(
    ("use", "why"),
    [
        ("mcp/gitub", "no contracts come under the name mcp/gitub"),
        ("{from: mcp/git, only: [git_push]}", "mcp/git has no tool git_push"),
        ("{form: mcp/git}", "unknown"),
    ],
)
def test_what_does_not_come_with_holdfast_is_an_error_where_it_stands(use: str, why: str) -> None:
    with pytest.raises(PolicySyntaxError, match=why) as raised:
        compile_bundle([Source("a.yaml", policy(use))])
    assert raised.value.line == 3


def test_a_servers_own_schema_counts_and_a_lost_argument_is_no_gap() -> None:
    from holdfast.action import Contract
    from holdfast.errors import Misconfigured

    bundle = compile_bundle([Source("a.yaml", policy("mcp/slack"))])
    schema = {
        "type": "object",
        "properties": {"channel_id": {"type": "string"}, "text": {"type": "string"}, "blocks": {}},
    }
    told = Contract("slack_post_message", description="Post.", parameters=schema, inferred=True)
    joined = bundle.with_contracts(told).contracts["slack_post_message"]
    assert (joined.parameters, joined.effect, joined.inferred) == (schema, Effect.SEND, False)
    renamed = Contract(
        "slack_post_message", parameters={"type": "object", "properties": {"channel": {}}}, inferred=True
    )
    with pytest.raises(Misconfigured, match="no argument channel_id"):
        bundle.with_contracts(renamed)


def test_an_unknown_name_says_which_there_are() -> None:
    with pytest.raises(NotFound, match="mcp/github"):
        read_shipped("mcp/nothing")
