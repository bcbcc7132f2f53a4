"""A rule that can never apply, or asks for what nobody has, is refused at load, where it stands."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast.action import Contract, Effect
from holdfast.decision import Source, compile_bundle
from holdfast.errors import PolicySyntaxError

PAY = Contract(
    "pay",
    parameters={
        "type": "object",
        "properties": {
            "amount": {"type": "integer", "minimum": 0, "maximum": 5000},
            "currency": {"enum": ["USD", "EUR"]},
            "rate": {"type": "number", "maximum": 1},
        },
        "required": ["amount"],
    },
    effect=Effect.SPEND,
    egress=True,
)


def forbid(condition: str, *, action: str = "action", unless: str = "") -> Source:
    tail = f"\nunless {{ {unless} }}" if unless else ""
    return Source(
        "rules.cedar", f"forbid (principal, {action}, resource)\nwhen {{ {condition} }}{tail};", "cedar"
    )


def refused(source: Source) -> PolicySyntaxError:
    with pytest.raises(PolicySyntaxError) as caught:
        compile_bundle([source], contracts=[PAY])
    return caught.value


@pytest.mark.parametrize(
    ("condition", "column", "says"),
    [
        ("context.hour > 23", 16, "`context.hour` is never over 23"),
        ("context.weekday == 0", 16, "`context.weekday` is never under 1"),
        ("context.hour > 20 && context.hour < 6", 16, "cannot be at least 21 and at most 5"),
        ('context.person == "a" && context.person == "b"', 16, "cannot be both"),
        ("context.calls > 5 && !(context.calls > 5)", 16, "cannot be at least 6 and at most 5"),
        ('context.labels.contains("pii") && !context.labels.contains("pii")', 16, "and not hold it"),
        ('context.labels.isEmpty() && context.labels.contains("pii")', 16, "would have to be empty"),
        ("context.labels.containsAny([])", 16, "the empty set"),
        ("1 > 2", 1, "1 is never > 2"),
        ("false", 1, "it is always false"),
        ('context.environment == "prod"', 32, 'It is always written "production".'),
        ('context.derived.url_hosts.contains("Corp.Example")', 49, 'It is always written "corp.example".'),
        ('context.person like "a*" && context.person like "b*"', 16, "cannot be like"),
        ("context.egress && !context.egress", 16, "both true and false"),
        ('context.derived.amount.lessThan(decimal("0.0"))', 24, "is never under 0.0"),
        ('principal == Agent::"a" && principal == Agent::"b"', 0, "cannot be both"),
        ("if context.hour > 30 then true else context.calls < 0", 19, "never over 23"),
        ("(context.hour > 30 || context.calls < 0)", 17, "never over 23"),
        ("context has labls", 20, "Did you mean labels?"),
        ("!(context has labls)", 22, "Did you mean labels?"),
        ("context.derived has amuont && context.hour > 3", 28, "Did you mean amount?"),
    ],
)
def test_what_never_applies_is_refused_where_it_stands(condition: str, column: int, says: str) -> None:
    error = refused(forbid(condition))
    assert error.path == "rules.cedar"
    assert says in str(error)
    # Where no name stands for it, the place is the policy's own.
    place = {0: (1, 9), 1: (1, 1)}.get(column, (2, column))
    assert (error.line, error.column) == place, str(error)


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        ("context.args.amount > 5000", "`context.args.amount` is never over 5000"),
        ('context.args has currency && context.args.currency == "usd"', 'It can be: "EUR", "USD".'),
        ('context.args has rate && context.args.rate.greaterThan(decimal("1.5"))', "never over 1.0"),
        ("context.args has amuont && context.args.amuont > 5", "Did you mean amount?"),
        ("!(context.args has amuont)", "Did you mean amount?"),
        ("!(context.args has amount)", "always has `amount`"),
    ],
)
def test_what_never_applies_to_the_tool_it_names_is_refused(condition: str, says: str) -> None:
    assert says in str(refused(forbid(condition, action='action == Action::"pay"')))


def test_what_applies_to_no_tool_yet_is_not_refused() -> None:
    everywhere = compile_bundle([forbid("context.args has dry && context.args.dry")], contracts=[PAY])
    assert everywhere.contracts.keys() == {PAY.tool}
    tool = forbid("context.args has dry && context.args.dry", action='action == Action::"pay"')
    assert len(compile_bundle([tool], contracts=[Contract("pay")]).gates["pay"].policies) == 1


def test_an_unless_that_always_holds_leaves_nothing() -> None:
    assert "never applies" in str(refused(forbid("context.hour > 3", unless="context.hour < 24")))


def test_a_transformed_argument_must_be_there() -> None:
    rule = '@on("transform:clamp:amuont:5")\nforbid (principal, action == Action::"pay", resource);'
    error = refused(Source("rules.cedar", rule, "cedar"))
    assert "Did you mean amount?" in str(error)
    assert (error.line, error.column) == (1, 22)


@pytest.mark.parametrize(
    "rule",
    [
        "business_hours: {from: 0, to: 24, weekdays: [1, 2, 3, 4, 5, 6, 7]}",
        "threshold: {tool: pay, arg: amount, deny_over: 9000}",
    ],
)
def test_a_preset_that_can_never_apply_is_refused_where_it_stands(rule: str) -> None:
    error = refused(Source("house.yaml", f"agents: {{}}\nrules:\n  - {rule}\n"))
    assert (error.path, error.line, error.column) == ("house.yaml", 3, 5)
    assert "never applies" in str(error)


@pytest.mark.parametrize(
    "condition",
    [
        "context.hour > 20 || context.hour < 6",
        'context.environment like "*prod*"',
        '["Production", "production"].contains(context.environment)',
        "context.estimate has micro_usd && context.estimate.micro_usd > 5",
        'context.labels.containsAny(["pii", "secret"]) && context.hour > 5',
        "context.calls * 2 > 5 && context.calls < 2",
        "!context.egress && context.irreversible",
    ],
)
def test_what_may_apply_is_not_refused(condition: str) -> None:
    assert len(compile_bundle([forbid(condition)], contracts=[PAY]).gates["pay"].policies) == 1


def test_a_condition_with_too_many_alternatives_is_left_to_the_solver() -> None:
    pigeons = [f'(context.labels.contains("a{n}") || context.labels.contains("b{n}"))' for n in range(12)]
    hidden = " && ".join(
        f'(context.labels.contains("{x}") || context.calls < {n})' for n, x in enumerate("cd")
    )
    never = '(!context.labels.contains("c") || !context.labels.contains("d")) && context.calls > 1'
    bundle = compile_bundle([forbid(" && ".join([*pigeons, hidden, never]))], contracts=[PAY])
    assert len(bundle.gates["pay"].policies) == 1


def test_learning_a_tool_that_a_rule_can_never_apply_to_leaves_the_last_good_bundle() -> None:
    bundle = compile_bundle([forbid("context.args.amount > 9000", action='action == Action::"pay"')])
    with pytest.raises(PolicySyntaxError, match="never over 5000"):
        bundle.with_contracts(PAY)
    contracts: Any = bundle.contracts
    assert "pay" not in contracts


@pytest.mark.parametrize(
    ("condition", "column", "says"),
    [
        ('context.hour > "x"', 8, "expected Long but saw String"),
        ('context.hour > 3 && context.hour > "x"', 28, "expected Long but saw String"),
        ('context.hour > 3 || context.args.amount  <  "5"', 41, "expected Long but saw String"),
        ("context.labels.contains(5)", 8, "Long and String are not compatible"),
        ("context.hour && true", 8, "expected Bool but saw Long"),
    ],
)
def test_what_has_the_wrong_type_is_refused_where_it_stands(condition: str, column: int, says: str) -> None:
    error = refused(forbid(condition, action='action == Action::"pay"'))
    assert says in error.message
    assert (error.line, error.column) == (2, column), error.message
