"""Tests of policies say what they expected, what they got, and why."""

from __future__ import annotations

import pytest

from holdfast.action import Contract, Effect
from holdfast.decision import Bundle, Source, compile_bundle
from holdfast.decision.trial import Outcome, is_trial_file, read_trials, run_trials
from holdfast.errors import PolicySyntaxError

REFUND = Contract(
    "refund",
    parameters={"type": "object", "properties": {"amount": {"type": "integer"}, "to": {"type": "string"}}},
    effect=Effect.SPEND,
    reversible=True,
    output_labels=(),
)
HOUSE = """
pack: shop
agents: {"*": {}, outsider: {tools: [look]}}
tools: {look: {effect: read, reversible: true}}
rules:
  - allow_agents: {}
  - allow_effects: {effects: [read, spend]}
  - threshold: {tool: refund, arg: amount, approve_over: 50, deny_over: 500, approver: finance}
  - business_hours: {from: 8, to: 18, tools: [refund]}
"""


def bundle(*contracts: Contract) -> Bundle:
    return compile_bundle([Source("house.yaml", HOUSE)], contracts=contracts or (REFUND,))


def run(text: str, judged: Bundle | None = None) -> list[Outcome]:
    return [*run_trials(judged or bundle(), read_trials(text, path="a.test.yaml"))]


@pytest.mark.parametrize(
    "trial",
    [
        "{tool: refund, arguments: {amount: 10}, expect: allow}",
        "{tool: refund, arguments: {amount: 80}, expect: {verdict: ask, approver: finance}}",
        "{tool: refund, arguments: {amount: 80}, expect: {verdict: ask, rule: shop/threshold/approve}}",
        "{tool: refund, arguments: {amount: 80}, approvals: [finance], expect: allow}",
        "{tool: refund, arguments: {amount: 900}, expect: {verdict: deny, rule: 'shop/threshold/*'}}",
        "{tool: refund, arguments: {amount: 10}, at: '2026-01-07T23:00:00Z', expect: deny}",
        "{tool: refund, agent: outsider, expect: {verdict: deny, rule: holdfast:scope}}",
        "{tool: look, arguments: {q: shoes}, expect: allow}",
        "{kind: model, target: openai/gpt, expect: allow}",
        "{tool: unheard_of, expect: deny}",
    ],
)
def test_a_test_that_holds_passes(trial: str) -> None:
    (outcome,) = run(f"tests:\n  - {trial}\n")
    assert outcome.ok, outcome.why


def test_a_failure_says_what_was_expected_what_came_and_why() -> None:
    (outcome,) = run(
        "tests:\n\n  - name: small\n    tool: refund\n    arguments: {amount: 80}\n    expect: allow\n"
    )
    assert (outcome.file, outcome.line, outcome.name, outcome.ok) == ("a.test.yaml", 3, "small", False)
    assert outcome.expected == "allow"
    assert outcome.got == "ask by shop/threshold/approve asking finance"
    assert "the verdict is ask, not allow" in outcome.why
    assert "shop/threshold/approve" in outcome.why


@pytest.mark.parametrize(
    ("expect", "says"),
    [
        ("{verdict: ask, rule: shop/other}", "the rule shop/other does not decide"),
        ("{verdict: ask, approver: boss}", "boss is not asked; finance is"),
        ("{verdict: ask, arguments: {amount: 1}}", "the arguments that would run"),
    ],
)
def test_more_than_the_verdict_is_looked_at(expect: str, says: str) -> None:
    (outcome,) = run(f"tests: [{{tool: refund, arguments: {{amount: 80}}, expect: {expect}}}]")
    assert not outcome.ok
    assert says in outcome.why


def test_a_file_brings_the_contracts_that_code_would() -> None:
    text = """
contracts:
  refund: {effect: spend, parameters: {type: object, properties: {amount: {type: integer}}}}
tests:
  - {tool: refund, arguments: {amount: 80}, expect: ask}
"""
    (outcome,) = run(text, bundle(Contract("other")))
    assert outcome.ok, outcome.why


def test_a_test_that_cannot_be_run_fails_and_says_so() -> None:
    (outcome,) = run("tests: [{tool: refund, at: yesterday, expect: allow}]")
    assert (outcome.ok, outcome.got) == (False, "an error")
    assert "yesterday is not a time" in outcome.why


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("tests:\n  - {tool: refund, expct: allow}\n", 2, "expect"),
        ("tests:\n  - {tool: refund, expect: alow}\n", 2, "alow"),
        ("tests:\n  - {tool: refund}\n", 2, "expect"),
        ("tests:\n  - {expect: allow}\n", 2, "names one tool"),
        ("tests:\n  - {tool: a, target: b, expect: allow}\n", 2, "names one tool"),
        ("test:\n  - {tool: a, expect: allow}\n", 1, "Did you mean tests?"),
        ("tests: []\n", 1, "no tests"),
        ("contracts: {a: {efect: read}}\ntests: [{tool: a, expect: allow}]\n", 1, "efect"),
    ],
)
def test_a_mistake_in_a_test_is_told_where_it_stands(text: str, line: int, says: str) -> None:
    with pytest.raises(PolicySyntaxError) as caught:
        read_trials(text, path="a.test.yaml")
    assert (caught.value.path, caught.value.line) == ("a.test.yaml", line)
    assert says in str(caught.value)


def test_files_of_tests_are_known_by_their_names() -> None:
    assert [is_trial_file(name) for name in ("a.test.yaml", "b/c_test.yml", "a.yaml", "test.cedar")] == [
        True,
        True,
        False,
        False,
    ]
