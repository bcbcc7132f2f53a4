"""What an edit changes is said with a request that both bundles have judged."""

from __future__ import annotations

import sys

import msgspec
import pytest

from holdfast.action import Contract, Effect
from holdfast.decision import Bundle, Source, compile_bundle
from holdfast.decision.proof import Diff, diff_bundles, engine
from holdfast.errors import Misconfigured

PAY = Contract(
    "pay",
    parameters={
        "type": "object",
        "properties": {"amount": {"type": "integer"}, "to": {"type": "string"}, "env": {"type": "string"}},
        "required": ["amount", "to"],
    },
    effect=Effect.SPEND,
    egress=True,
)
LOOK = Contract("look", effect=Effect.READ, reversible=True)
BASE = """
agents: {"*": {}, ada: {roles: [billing]}}
rules:
  - allow_agents: {}
  - allow_effects: {effects: [read, spend]}
"""


def bundle(
    yaml: str = "", cedar: str = "", *, base: str = BASE, contracts: tuple[Contract, ...] = (PAY, LOOK)
) -> Bundle:
    return compile_bundle(
        [Source("a.yaml", base + yaml), Source("r.cedar", cedar, "cedar")], contracts=contracts
    )


def threshold(ask: int, deny: int, approver: str = "lead") -> str:
    limits = f"approve_over: {ask}, deny_over: {deny}, approver: {approver}"
    return f"  - threshold: {{tool: pay, arg: amount, {limits}}}\n"


def told(diff: Diff) -> set[tuple[str, str, str, str]]:
    return {(one.tool, one.direction, one.before, one.after) for one in diff.changes}


@pytest.fixture(autouse=True)
def _solver() -> None:
    pytest.importorskip("z3", reason="z3 is not installed: pip install 'holdfast[prove]'")


def test_a_loosened_threshold_is_told_with_an_amount_between() -> None:
    diff = diff_bundles(bundle(threshold(500, 10_000)), bundle(threshold(1_000, 10_000)))
    assert told(diff) == {("pay", "allows", "ask (lead)", "allow")}
    example = diff.changes[0].example
    assert 500 < example.arguments["amount"] <= 1_000
    assert example.exact
    assert diff.changes[0].rules == ("a/threshold/approve",)


def test_a_tightened_threshold_asks() -> None:
    diff = diff_bundles(bundle(threshold(1_000, 10_000)), bundle(threshold(500, 10_000)))
    assert told(diff) == {("pay", "asks", "allow", "ask (lead)")}


def test_another_approver_is_a_change() -> None:
    diff = diff_bundles(bundle(threshold(500, 10_000)), bundle(threshold(500, 10_000, "boss")))
    assert told(diff) == {("pay", "asks", "ask (lead)", "ask (boss)")}


def test_an_approval_is_not_assumed_where_none_is_needed() -> None:
    diff = diff_bundles(bundle(threshold(500, 10_000)), bundle(threshold(500, 900)))
    assert told(diff) == {("pay", "refuses", "ask (lead)", "deny")}
    assert "approvals" not in diff.changes[0].example.context


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("context.args.amount > 500", "context.args.amount >= 501"),
        ("context.args.amount > 500", "!(context.args.amount <= 500)"),
        (
            'context.labels.containsAny(["a", "b"])',
            'context.labels.contains("b") || context.labels.contains("a")',
        ),
        ('context.args.to like "a*" && context.hour > 3', 'context.hour >= 4 && context.args.to like "a*"'),
    ],
)
def test_saying_the_same_in_other_words_is_proved_to_change_nothing(before: str, after: str) -> None:
    rule = 'forbid (principal, action == Action::"pay", resource) when {{ {} }};'
    diff = diff_bundles(bundle(cedar=rule.format(before)), bundle(cedar=rule.format(after)))
    assert diff.same
    assert diff.compared == 1


def test_what_only_an_approval_opens_is_told_when_nothing_else_changes() -> None:
    rule = (
        'permit (principal, action == Action::"drop", resource) when {{ context.approvals.contains("{}") }};'
    )
    tools = (PAY, LOOK, Contract("drop", effect=Effect.DESTROY))
    diff = diff_bundles(bundle(contracts=tools), bundle(cedar=rule.format("boss"), contracts=tools))
    assert told(diff) == {("drop", "allows", "deny", "allow")}
    assert diff.changes[0].example.context["approvals"] == ["boss"]


def test_what_was_not_touched_is_not_compared() -> None:
    diff = diff_bundles(bundle(threshold(500, 10_000)), bundle(threshold(500, 10_000)))
    assert (diff.same, diff.compared) == (True, 0)


def test_a_rule_about_every_tool_is_told_for_each() -> None:
    rule = 'forbid (principal, action, resource) when { context.labels.contains("pii") };'
    diff = diff_bundles(bundle(), bundle(cedar=rule))
    assert {one.tool for one in diff.changes} >= {"pay", "look", "holdfast:model", "holdfast:start"}
    assert all(one.example.context["labels"] == ["pii"] for one in diff.changes)


def test_a_role_is_told_by_an_agent_that_has_it() -> None:
    rule = 'forbid (principal in Role::"billing", action == Action::"pay", resource);'
    diff = diff_bundles(bundle(), bundle(cedar=rule))
    assert [one.example.agent for one in diff.changes] == ["ada"]


def test_an_agents_narrower_scope_is_told() -> None:
    narrow = BASE.replace("{roles: [billing]}", "{roles: [billing], tools: [look]}")
    diff = diff_bundles(bundle(), bundle(base=narrow))
    assert told(diff) == {("pay", "refuses", "allow", "deny")}
    assert diff.changes[0].example.agent == "ada"


def test_a_tool_that_appears_is_newly_allowed() -> None:
    diff = diff_bundles(bundle(contracts=(PAY,)), bundle())
    assert told(diff) == {("look", "allows", "deny", "allow")}


def test_a_model_that_a_rule_forbids_is_named() -> None:
    rule = 'forbid (principal, action == Action::"holdfast:model", resource in Provider::"far");'
    diff = diff_bundles(bundle(), bundle(cedar=rule))
    assert [one.example.target for one in diff.changes] == ["far/other"]


def test_a_rule_that_fails_refuses_and_is_told() -> None:
    rule = """forbid (principal, action == Action::"pay", resource)
        when { context.args.amount * 9 < 0 && context.args.amount > 5 };"""
    diff = diff_bundles(bundle(), bundle(cedar=rule))
    assert told(diff) == {("pay", "refuses", "allow", "deny")}
    assert abs(diff.changes[0].example.arguments["amount"]) > 2**59


def test_derived_values_are_shown_by_arguments_that_lead_to_them() -> None:
    limit = "  - spend_limit: {{deny_over: {}}}\n"
    diff = diff_bundles(bundle(limit.format(100)), bundle(limit.format(200)))
    assert told(diff) == {("pay", "allows", "deny", "allow")}
    assert diff.changes[0].example.exact
    assert 100 < diff.changes[0].example.arguments["amount"] <= 200


def test_an_environment_is_shown_by_the_argument_that_says_it() -> None:
    rule = "  - irreversible_in: {environment: production, approvers: [ops]}\n"
    diff = diff_bundles(bundle(), bundle(rule))
    assert told(diff) == {("pay", "asks", "allow", "ask (ops)")}
    assert diff.changes[0].example.arguments["env"] == "production"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("", "budgets: [{usd: 5}]", [("budgets", "session: usd", "refuses", "", "5")]),
        (
            "budgets: [{scope: org, window: month, usd: 5}]",
            "budgets: [{scope: org, window: month, usd: 9}]",
            [("budgets", "org a month: usd", "allows", "5", "9")],
        ),
        (
            "budgets: [{calls: 9}]",
            "budgets: [{calls: 9, verdict: halt, soft: 0.5}]",
            [
                ("budgets", "session: soft", "changes", "", "0.5"),
                ("budgets", "session: verdict", "refuses", "deny", "halt"),
            ],
        ),
        ("", "detectors: {cycles: off}", [("detectors", "cycles", "allows", "halt at 4", "")]),
        (
            "",
            "detectors: {identical_calls: {steer: 2, halt: 5}}",
            [("detectors", "identical_calls", "changes", "halt at 5", "steer at 2, halt at 5")],
        ),
        (
            "flow: {depth_max: 4, readers: {pii: ['@corp.example', '@partner.example']}}",
            "flow: {depth_max: 2, readers: {pii: ['@corp.example']}}",
            [
                ("flow", "depth_max", "refuses", "4", "2"),
                ("flow", "readers: pii", "refuses", "@corp.example, @partner.example", "@corp.example"),
            ],
        ),
        ("", "flow: {models: held}", [("flow", "models", "refuses", "trusted", "held")]),
        ("flow: {registry: {payees: [a]}}", "", [("flow", "registry: payees", "asks", "a", "")]),
        (
            "content:\n  - {find: [secret], at: [arguments], do: deny}",
            "content:\n  - {find: [secret], do: redact}",
            [
                ("content", "deny secret at arguments from 0.5", "allows", "said", ""),
                ("content", "redact secret from 0.5", "changes", "", "said"),
            ],
        ),
        ("", "breakers: {tools: null}", [("breakers", "tools", "allows", "on", "")]),
        (
            "rates:\n  - {of: tool, calls: 5, per_s: 60}",
            "rates:\n  - {of: tool, calls: 2, per_s: 60}",
            [("rates", "tool * in 60 s", "refuses", "5", "2")],
        ),
    ],
)
def test_what_no_formula_is_made_of_is_told_with_the_way_it_turns(
    before: str, after: str, told: list[tuple[str, str, str, str, str]]
) -> None:
    diff = diff_bundles(bundle(f"{before}\n"), bundle(f"{after}\n"))
    assert [msgspec.structs.astuple(one) for one in diff.settings] == told
    assert not diff.same
    assert diff_bundles(bundle(f"{after}\n"), bundle(f"{after}\n")).same


def test_an_agent_that_gets_a_scope_of_its_own_loses_what_everyone_had() -> None:
    rules = BASE.partition("rules:")[2]
    made = [
        bundle(base=f"agents: {{{agents}}}\nrules:{rules}")
        for agents in ("'*': {}", "'*': {}, ada: {models: [openai/*], team: support}")
    ]
    assert [msgspec.structs.astuple(one) for one in diff_bundles(*made).settings] == [
        ("agents", "ada: models", "refuses", "*", "openai/*"),
        ("agents", "ada: team", "changes", "", "support"),
    ]


def test_a_contract_that_asks_for_less_care_allows_more() -> None:
    careless = msgspec.structs.replace(PAY, effect=Effect.READ)
    found = diff_bundles(bundle(), bundle(contracts=(careless, LOOK))).settings
    assert ("contracts", "pay: effect", "allows") in {(one.section, one.name, one.direction) for one in found}


def test_enforcing_a_rule_that_was_only_watched_is_a_change() -> None:
    rule = (
        '@enforce("{}") forbid (principal, action == Action::"pay", resource) when {{ context.hour > 20 }};'
    )
    diff = diff_bundles(bundle(cedar=rule.format("shadow")), bundle(cedar=rule.format("enforce")))
    assert told(diff) == {("pay", "refuses", "allow", "deny")}
    assert diff_bundles(bundle(cedar=rule.format("shadow")), bundle(cedar=rule.format("warn"))).same


def test_a_larger_sample_refuses_more_runs() -> None:
    head = '@id("late") @enforce("{}")'
    rule = head + " forbid (principal, action, resource is Tool) when {{ context.hour > 9 }};"
    diff = diff_bundles(bundle(cedar=rule.format("sample:10")), bundle(cedar=rule.format("sample:50")))
    assert {one[1:] for one in told(diff)} == {("refuses", "allow", "deny")}
    assert 10 <= diff.changes[0].example.context["drawn"]["late"] < 50


def test_rules_about_effects_are_compared_though_no_such_tool_is_known() -> None:
    more = BASE.replace("[read, spend]", "[read, spend, destroy]")
    diff = diff_bundles(bundle(contracts=()), bundle(base=more, contracts=()))
    assert ("any destroy tool", "allows", "deny", "allow") in told(diff)
    assert {one.tool for one in diff.changes} == {"any destroy tool"}


def test_rules_that_fit_no_undescribed_tool_are_said_to_be_undecided() -> None:
    rule = 'forbid (principal, action in Action::"holdfast:effect:destroy", resource)'
    rule += " when { context.args.n > 5 };"
    diff = diff_bundles(bundle(), bundle(cedar=rule))
    assert [one.tool for one in diff.undecided] == ["any destroy tool"]


def test_without_the_solver_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "z3", None)
    with pytest.raises(Misconfigured, match=r"pip install 'holdfast\[prove\]'"):
        diff_bundles(bundle(), bundle(threshold(500, 10_000)))
    assert "holdfast[prove]" in engine.HOW_TO_INSTALL
