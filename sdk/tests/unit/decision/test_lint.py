"""What can be loaded and is probably not meant is told where it stands, with what to write instead."""

from __future__ import annotations

import pytest

from holdfast.action import Contract, Effect
from holdfast.decision import STARTER, Source, compile_bundle
from holdfast.decision.lint import Lint, Severity, lint_bundle
from holdfast.decision.lint.texts import skeleton

PAY = Contract(
    "pay",
    parameters={
        "type": "object",
        "properties": {
            "amount": {"type": "integer"},
            "amount_cents": {"type": "integer"},
            "rate": {"type": "number"},
            "percent": {"type": "number"},
            "to": {"type": "string"},
        },
        "required": ["amount", "to"],
    },
    effect=Effect.SPEND,
    egress=True,
)
LOOK = Contract(
    "look", parameters={"type": "object", "properties": {"q": {"type": "string"}}}, effect=Effect.READ
)
OPEN = '@id("open") permit (principal, action, resource);\n'
AGENTS = "agents: {'*': {}, ada: {roles: [billing]}}\n"


def lints(cedar: str = "", yaml: str = AGENTS, *, prove: bool = False, **options: object) -> tuple[Lint, ...]:
    sources = [Source("house.yaml", yaml), Source("rules.cedar", OPEN + cedar, "cedar")]
    return lint_bundle(compile_bundle(sources, contracts=[PAY, LOOK]), prove=prove, **options)  # type: ignore[arg-type]  # passed on


def codes(found: tuple[Lint, ...]) -> set[str]:
    return {one.code for one in found}


def only(code: str, found: tuple[Lint, ...]) -> Lint:
    (one,) = [lint for lint in found if lint.code == code]
    return one


def forbid(condition: str, *, head: str = "", action: str = "action", unless: str = "") -> str:
    tail = f" unless {{ {unless} }}" if unless else ""
    return f"{head} forbid (principal, {action}, resource) when {{ {condition} }}{tail};\n"


def test_the_starter_pack_has_nothing_to_answer_for() -> None:
    assert lint_bundle(compile_bundle([STARTER], contracts=[PAY, LOOK]), prove=True) == ()


def test_a_tool_without_a_policy_is_told() -> None:
    bundle = compile_bundle([Source("house.yaml", AGENTS)], contracts=[LOOK])
    found = only("uncovered-tool", lint_bundle(bundle, prove=False))
    assert "no policy covers tool look" in found.message
    assert "allow_tools" in found.suggestion


PAYING = 'action == Action::"pay"'
SLIPS = {
    "estimate.micro_usd": "context.estimate has micro_usd && context.estimate.micro_usd > 10",
    "cents": "context.args has amount_cents && context.args.amount_cents > 50",
    "share": 'context.args has rate && context.args.rate.greaterThan(decimal("15.0"))',
    "percent": 'context.args has percent && context.args.percent.greaterThan(decimal("0.2"))',
}


@pytest.mark.parametrize(
    ("cedar", "code", "column", "says"),
    [
        ('forbid (principal, action == Action::"pya", resource);', "unknown-tool", 39, ""),
        ('forbid (principal == Agent::"adaa", action, resource);', "unknown-agent", 30, "Did you mean ada?"),
        ('forbid (principal in Role::"biling", action, resource);', "unknown-role", 29, "mean billing?"),
        (forbid("context.args has amuont && context.calls > 3"), "unknown-argument", 63, "mean amount?"),
        (forbid('context.person == "p\u0430y"'), "mixed-script", 65, '"pay"'),
        ("// right\u202eleft\n", "hidden-character", 9, "Delete it"),
        (forbid("context.hour > 3", head='@cure("approval:ann")', unless='context.approvals.contains("bob")'),
         "idle-approval", 1, 'contains("ann")'),
        (forbid(SLIPS["estimate.micro_usd"]), "unit-slip", 109, "10000000"),
        (forbid(SLIPS["cents"], action=PAYING), "unit-slip", 124, "5000"),
        (forbid(SLIPS["share"]), "unit-slip", 0, "0.15"),
        (forbid(SLIPS["percent"]), "unit-slip", 0, "20"),
    ],
)  # fmt: skip
def test_a_likely_mistake_is_told_where_it_stands(cedar: str, code: str, column: int, says: str) -> None:
    found = only(code, lints(cedar))
    assert (found.path, found.line) == ("rules.cedar", 2)
    assert not column or found.column == column, found
    assert says in found.suggestion


def test_two_domains_that_look_alike_are_told() -> None:
    some = forbid(
        'context.derived.url_hosts.containsAny(["corp.example", "c0rp.example", "corp.example.net"])'
    )
    found = only("look-alike-domain", lints(some))
    assert (
        '"c0rp.example" looks like "corp.example"' in found.message
        or '"corp.example" looks like' in found.message
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("paypa1.com", "paypal.com"),
        ("rnail.example", "mail.example"),
        ("\u0435\u0445ample.com", "example.com"),
        ("\uff21B.com", "ab.com"),
    ],
)
def test_texts_that_pass_for_one_another_have_one_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


def test_punycode_is_told_by_what_people_see() -> None:
    found = only("look-alike-domain", lints(forbid('context.derived.url_hosts.contains("xn--e1awd7f.com")')))
    assert "shown to people as" in found.message


def test_a_rule_said_twice_is_told() -> None:
    rule = forbid('context.labels.contains("pii")')
    found = only("duplicate", lints('@id("a") ' + rule + '@id("b") ' + rule))
    assert (found.line, "rule a (rules.cedar:2) again" in found.message) == (3, True)


def test_a_permit_that_a_forbid_covers_is_told() -> None:
    some = '@id("p") permit (principal in Role::"billing", action == Action::"pay", resource);\n'
    some += '@id("n") forbid (principal, action == Action::"pay", resource);'
    found = only(
        "contradiction", tuple(one for one in lints(some) if one.line == 3 or "permit" in one.message)[:1]
    )
    assert "the rule n forbids all of it" in found.message


def test_a_rule_for_no_tool_there_is_is_told() -> None:
    found = only("never-true", lints(forbid("context.args has dry && context.calls > 5")))
    assert found.severity is Severity.WARNING


def test_thresholds_a_hundred_times_apart_are_told() -> None:
    some = forbid("context.args.amount > 500", head='@id("a")', action='action == Action::"pay"')
    some += forbid("context.args.amount > 50000", head='@id("b")', action='action == Action::"pay"')
    assert "cents and whole units" in only("unit-slip", lints(some)).message


def test_approvers_are_compared_with_the_roles_that_people_have() -> None:
    some = '@id("a") @cure("approval:finance-laed") ' + forbid(
        "context.hour > 3", unless='context.approvals.contains("finance-laed")'
    )
    assert "unknown-approver" not in codes(lints(some))
    found = only("unknown-approver", lints(some, approvers=["finance-lead", "owner"]))
    assert found.suggestion == "Did you mean finance-lead?"


def test_an_approver_unlike_all_the_others_looks_like_a_slip() -> None:
    rule = '@id("{n}") @cure("approval:{who}") ' + forbid(
        "context.hour > {n}", unless='context.approvals.contains("{who}")'
    ).replace("{ ", "{{ ").replace(" }", " }}")
    some = "".join(
        rule.format(n=n, who=who) for n, who in enumerate(["finance-lead", "finance-lead", "finance-laed"])
    )
    assert only("unknown-approver", lints(some)).suggestion == "Did you mean finance-lead?"


def test_the_solver_finds_what_the_cheap_checks_do_not() -> None:
    pytest.importorskip("z3", reason="z3 is not installed: pip install 'holdfast[prove]'")
    dead = '@id("dead") ' + forbid("context.calls > context.depth && context.depth > context.calls")
    covered = (
        '@id("open-pay") permit (principal, action == Action::"pay", resource) when { context.hour > 3 };\n'
    )
    no = '@id("n") ' + forbid("context.hour > 2", action='action == Action::"pay"')
    idle = '@id("idle") ' + forbid("context.hour > 9", action='action == Action::"pay"')
    assert "never-true" not in codes(lints(dead))
    found = {(one.code, one.line) for one in lints(dead + covered + no + idle, prove=True)}
    assert {("never-true", 2), ("contradiction", 3), ("shadowed", 5)} <= found


def test_what_is_right_is_left_alone() -> None:
    some = '@id("a") @cure("approval:boss") ' + forbid(
        "context.args has amount && context.args.amount > 500", unless='context.approvals.contains("boss")'
    )
    some += '@id("b") ' + forbid('context.labels.contains("pii") && principal in Role::"billing"')
    assert lints(some, prove=True) == ()
