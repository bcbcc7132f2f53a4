"""A bundle is hashed over everything it holds, and what cannot be read is refused at its place."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast.action import Contract, Effect
from holdfast.decision import STARTER, Session, Source, Verdict, compile_bundle, decide
from holdfast.errors import Misconfigured, PolicySyntaxError

OPEN = "permit (principal, action, resource);\n"
TOOL = Contract(
    "refund",
    parameters={"type": "object", "properties": {"amount": {"type": "integer"}}, "required": ["amount"]},
    effect=Effect.SPEND,
)


def cedar(text: str) -> Source:
    return Source("rules.cedar", text, "cedar")


def yaml(text: str) -> Source:
    return Source("house.yaml", text)


@pytest.mark.parametrize(
    ("source", "line", "column", "says"),
    [
        (cedar(OPEN + "forbid (principal, acton, resource);"), 2, 20, "acton"),
        (cedar(OPEN + "\n  forbid (principal, action, resource) when { 1 + };"), 3, 51, "unexpected token"),
        (cedar(OPEN + "// a note; and more\npermit (principal, action, resource"), 3, 36, "end of input"),
        (cedar(OPEN + 'forbid (principal, action, resource) when { "a };'), 2, 45, "invalid token"),
        (cedar('permit (principal == ?principal, action, resource);'), 1, 22, "templates"),
        (cedar('@id("a") ' + OPEN + '@id("a") ' + OPEN), 2, 1, "is taken by rules.cedar:1"),
        (cedar('@cur("approval:x")\nforbid (principal, action, resource);'), 1, 1, "@cure"),
        (cedar('@cure("owner")\nforbid (principal, action, resource);'), 1, 1, "approval:<role>"),
        (cedar('@on("explode")\nforbid (principal, action, resource);'), 1, 1, "@on must read"),
        (cedar('@on("halt")\npermit (principal, action, resource);'), 1, 1, "belongs on a forbid"),
        (cedar('forbid (principal, action in Action::"holdfast:effect:spned", resource);'), 1, 1, "spned"),
        (cedar("forbid (principal, action, resource)\nwhen { context.args.amout > 5 };"), 2, 21, "amout"),
        (cedar('forbid (principal == Agnt::"x", action, resource);'), 1, 22, "Agnt"),
        (cedar(OPEN + "forbid (principal, action, resource) when { context.labls == 1 };"), 2, 53, "labls"),
        (yaml("agents: {}\nrules:\n  - spend_limits: {}\n"), 3, 5, "unknown preset spend_limits"),
        (yaml("agents: {}\nrules:\n  - spend_limit: {deny_ovr: 5}\n"), 3, 19, "deny_ovr"),
        (yaml("rules:\n  - threshold: {tool: refund, arg: amuont, deny_over: 5}\n"), 2, 5, "amuont"),
        (yaml("budgets:\n  - {scope: sesion}\n"), 2, 6, "sesion"),
        (yaml("budgets:\n  - {usd: -1}\n"), 2, 6, ">= 0"),
        (yaml("detectors:\n  cicles: off\n"), 2, 3, "cicles"),
        (yaml("tools:\n  refund: {efect: spend}\n"), 2, 12, "efect"),
        (yaml("tools:\n  refund: {effect: spnd}\n"), 2, 12, "spnd"),
        (yaml("agents:\n  ada: {rols: [x]}\n"), 2, 9, "rols"),
        (yaml("agents: {\n"), 2, 1, ""),
        (yaml("agents: {}\nagents: {}\n"), 2, 1, "stands twice"),
        (yaml("agents: &a {}\ntools: *a\n"), 2, 8, "aliases"),
        (yaml("polices: []\n"), 1, 1, "polices"),
    ],
)  # fmt: skip
def test_a_mistake_is_a_load_error_at_its_place(source: Source, line: int, column: int, says: str) -> None:
    with pytest.raises(PolicySyntaxError) as caught:
        compile_bundle([source], contracts=[TOOL])
    error = caught.value
    assert (error.path, error.line, error.column) == (source.name, line, column), str(error)
    assert says in str(error)


def test_a_near_miss_is_named() -> None:
    with pytest.raises(PolicySyntaxError, match="Did you mean spend_limit"):
        compile_bundle([yaml("rules: [{spend_limits: {}}]")])


def test_the_hash_holds_everything_and_nothing_else() -> None:
    first = compile_bundle([STARTER], contracts=[TOOL])
    assert first.hash == compile_bundle([STARTER]).with_contracts(TOOL).hash
    assert first.hash != compile_bundle([STARTER]).hash
    assert first.hash != compile_bundle([Source("starter.yaml", STARTER.text + "\n")], contracts=[TOOL]).hash
    other = Contract("refund", description="changed", parameters=TOOL.parameters, effect=Effect.SPEND)
    assert first.hash != compile_bundle([STARTER], contracts=[other]).hash


def test_adding_a_tool_leaves_the_old_bundle_and_shares_its_gates(act: Any) -> None:
    bundle = compile_bundle([STARTER], contracts=[TOOL])
    more = bundle.with_contracts(Contract("search", effect=Effect.READ, reversible=True))
    assert set(bundle.contracts) == {"refund"}
    assert set(more.contracts) == {"refund", "search"}
    action = act("refund", {"amount": 1})
    assert more.gate(action) is bundle.gate(action)


def test_a_contract_that_no_policy_fits_leaves_the_last_good_bundle() -> None:
    rule = 'forbid (principal, action == Action::"refund", resource) when { context.args.amount > 5 };'
    bundle = compile_bundle([yaml("agents: {'*': {}}"), cedar(OPEN + rule)])
    with pytest.raises(PolicySyntaxError, match="amount"):
        bundle.with_contracts(Contract("refund"))
    assert not bundle.contracts


@pytest.mark.parametrize("name", ["", "holdfast:model"])
def test_reserved_names_are_refused(name: str) -> None:
    with pytest.raises(Misconfigured, match="name"):
        compile_bundle([STARTER], contracts=[Contract(name)])


def test_warnings_say_what_is_missing() -> None:
    rules = 'permit (principal, action == Action::"serch", resource);'
    warnings = "\n".join(compile_bundle([cedar(rules)], contracts=[Contract("search")]).warnings)
    assert "No agent is declared" in warnings
    assert "No policy covers tool search" in warnings
    assert "serch, which has no contract yet. Did you mean search?" in warnings


def test_a_policy_file_overrides_what_a_tool_says_of_itself() -> None:
    said = yaml("agents: {'*': {}}\ntools: {refund: {effect: read, cost_usd: 0.5}, other: {}}\n")
    contracts = compile_bundle([said], contracts=[TOOL]).contracts
    assert (contracts["refund"].effect, contracts["refund"].cost_micro_usd) == (Effect.READ, 500_000)
    assert contracts["refund"].parameters == TOOL.parameters
    assert contracts["other"] == Contract("other")


def test_the_starter_pack_asks_before_it_matters(act: Any) -> None:
    tools = [
        Contract("lookup", effect=Effect.READ, reversible=True),
        Contract("note", effect=Effect.WRITE, reversible=True),
        Contract("mail", effect=Effect.SEND, parameters={}),
        Contract("drop", effect=Effect.DESTROY),
        Contract("drop_prod", effect=Effect.DESTROY, environment="production"),
        TOOL,
    ]
    bundle = compile_bundle([STARTER], contracts=tools)
    verdict = lambda tool, **args: decide(act(tool, args), Session("s"), bundle)  # noqa: E731
    assert not bundle.warnings
    assert verdict("lookup").verdict is verdict("note").verdict is Verdict.ALLOW
    assert verdict("mail").roles == ("owner",)
    assert verdict("refund", amount=100).verdict is Verdict.ALLOW
    assert verdict("refund", amount=101).roles == ("owner",)
    assert verdict("refund", amount=10_001).verdict is Verdict.DENY
    assert verdict("drop").roles == ("owner",)
    assert set(verdict("drop_prod").roles) == {"owner", "operations"}
    assert verdict("unheard_of").stage == "contract"


def test_words_of_yaml_1_1_stay_text() -> None:
    bundle = compile_bundle([yaml("agents: {no: {owner: on}, yes: {owner: 'true'}}\n")])
    assert {name: agent.owner for name, agent in bundle.agents.items()} == {"no": "on", "yes": "true"}
