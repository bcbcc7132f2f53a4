"""A proof that an edit changes nothing holds on every request, and what is told to change does change."""

from __future__ import annotations

import random
from typing import Any

import pytest

from holdfast.action import Contract, Effect
from holdfast.decision import Bundle, Source, Verdict, compile_bundle
from holdfast.decision.proof import diff_bundles
from holdfast.decision.proof.example import make_request
from holdfast.decision.proof.outlook import Said, say
from holdfast.errors import PolicySyntaxError

pytest.importorskip("z3", reason="z3 is not installed: pip install 'holdfast[prove]'")

PAIRS, REQUESTS, SEED = 60, 150, 5
PAY = Contract(
    "pay",
    parameters={
        "type": "object",
        "properties": {
            "amount": {"type": "integer"},
            "rate": {"type": "number"},
            "to": {"type": "string"},
            "kind": {"enum": ["gift", "refund"]},
            "tags": {"type": "array", "items": {"type": "string"}},
            "card": {"type": "object", "properties": {"pin": {"type": "integer"}}},
        },
        "required": ["amount", "to"],
    },
    effect=Effect.SPEND,
    egress=True,
)
OTHERS = [
    Contract(f"other_{effect}", parameters=PAY.parameters, effect=effect)
    for effect in Effect
    if effect is not Effect.SPEND
]
"""A tool for each effect, so that nothing needs to stand in for one."""
AGENTS = "agents: {'*': {}, ada: {roles: [lead], owner: finance}, bob: {tools: [look]}}\n"
CONDITIONS = (
    "context.args.amount > {n}", "context.args.amount + 5 <= {n}", "context.args.amount * 2 == {n}",
    "context.args has rate && context.args.rate.greaterThan(decimal(\"{n}.5\"))",
    "context.args.to like \"*evil*\"", "context.args.to == \"ann\"", "!(context.args.to like \"a*n\")",
    "context.args has tags && context.args.tags.contains(\"vip\")",
    "context.args has kind && context.args.kind == \"gift\"",
    "context.args has tags && context.args.tags.containsAny(context.labels)",
    "context.args has card && context.args.card has pin && context.args.card.pin == {n}",
    "context.labels.containsAny([\"pii\", \"secret\"])", "[\"pii\"].containsAll(context.labels)",
    "context.labels.isEmpty()",
    "principal in Role::\"lead\"", "principal == Agent::\"ada\"", "principal.owner == \"finance\"",
    "context.hour < 6 || context.hour > {n}", "context.calls > 3", "context.irreversible && context.egress",
    "resource.effect == \"spend\"", "context.args.amount * 9223372036854775807 > 3",
    "principal is Agent", "context.person like \"*x\"",
    "(if context.args.amount > {n} then context.hour > 12 else context.args.to == \"ann\")",
    "action in Action::\"holdfast:egress\"", "[1, 2, 3].contains(context.args.amount)",
)  # fmt: skip
ANNOTATIONS = (
    "",
    "",
    '@cure("approval:boss")',
    '@cure("approval:owner")',
    '@on("halt")',
    '@on("transform:clamp:amount:5")',
)


def rule(dice: random.Random, n: int) -> str:
    effect = dice.choice(["permit", "forbid", "forbid"])
    head = dice.choice(ANNOTATIONS) if effect == "forbid" else ""
    some = [
        one.format(n=dice.choice([0, 3, 5, 12, 20]))
        for one in dice.sample(CONDITIONS, dice.choice([1, 1, 2]))
    ]
    lift = ' unless { context.approvals.contains("boss") }' if "boss" in head else ""
    when = f"when {{ {' && '.join(some)} }}"
    return f'@id("rule-{n}") {head} {effect} (principal, action, resource is Tool) {when}{lift};'


def bundle(rules: list[str]) -> Bundle:
    text = '@id("open") permit (principal, action, resource);\n' + "\n".join(rules)
    return compile_bundle(
        [Source("a.yaml", AGENTS), Source("r.cedar", text, "cedar")], contracts=[PAY, *OTHERS]
    )


def edit(dice: random.Random, rules: list[str]) -> list[str]:
    changed = [*rules]
    match dice.randrange(4):
        case 0:
            changed.append(rule(dice, 90))
        case 1:
            changed.pop(dice.randrange(len(changed)))
        case 2:
            changed[dice.randrange(len(changed))] = rule(dice, 91)
        case _:
            dice.shuffle(changed)
    return changed


def context(dice: random.Random) -> dict[str, Any]:
    args: dict[str, Any] = {
        "amount": dice.choice([0, 1, 3, 4, 5, 6, 12, 21]),
        "to": dice.choice(["ann", "evil", "b", "axn"]),
    }
    if dice.random() < 0.6:
        args |= {"rate": dice.choice([0.5, 3.5, 20.75]), "kind": dice.choice(["gift", "refund"])}
    if dice.random() < 0.6:
        args["tags"] = dice.sample(["vip", "pii", "x"], dice.randrange(3))
    if dice.random() < 0.5:
        args["card"] = dice.choice([{}, {"pin": 5}, {"pin": 0}])
    return {
        "args": args,
        "labels": frozenset(dice.sample(["pii", "secret", "other"], dice.randrange(3))),
        "approvals": frozenset(["boss"] if dice.random() < 0.3 else []),
        "hour": dice.choice([0, 5, 7, 13, 21]),
        "calls": dice.choice([0, 4]),
        "person": dice.choice(["", "max"]),
        "depth": 1,
    }


def judge(bundle: Bundle, agent: str, given: dict[str, Any]) -> Said:
    gate = bundle.gates["pay"]
    request: Any = make_request(gate.kind, "pay", agent, {**given, "args": {}}, gate.contract)
    request.arguments = given["args"]
    who = bundle.terms.directory.principal(agent)
    assert who is not None
    world = bundle.terms.directory.world
    judged = gate.judge(
        who.entity, who.ancestors, gate.resource, gate.resource_ancestors, gate.project(request), world
    )
    return say(judged, reached=agent != "bob")


def direction(before: Said, after: Said) -> str:
    runs, refused = {Verdict.ALLOW, Verdict.TRANSFORM}, {Verdict.DENY, Verdict.HALT}
    if (before.verdict, before.roles) == (after.verdict, after.roles):
        return ""
    if after.verdict is Verdict.ASK:
        return "asks"
    if after.verdict in runs:
        return "changes" if before.verdict in runs else "allows"
    return "changes" if before.verdict in refused else "refuses"


def test_whatever_an_edit_changes_is_told_and_whatever_is_told_is_so() -> None:
    dice, found, quiet = random.Random(SEED), 0, 0
    for _ in range(PAIRS):
        rules = [rule(dice, n) for n in range(dice.randrange(1, 5))]
        try:
            old, new = bundle(rules), bundle(edit(dice, rules))
        except PolicySyntaxError:  # two conditions that exclude each other are refused at load
            continue
        diff = diff_bundles(old, new)
        told = {(one.tool, one.direction) for one in (*diff.changes, *diff.undecided)}
        for _ in range(REQUESTS):
            agent, given = dice.choice(["ada", "bob", "cyd"]), context(dice)
            if told:
                # With a change told of fresh requests, those with approvals are not compared again.
                given["approvals"] = frozenset[str]()
            before, after = judge(old, agent, given), judge(new, agent, given)
            way = direction(before, after)
            assert not way or ("pay", way) in told, (rules, agent, given, before, after, diff)
        for change in diff.changes:
            assert change.before != change.after
        found += len(diff.changes)
        quiet += diff.same
        assert len(diff.undecided) <= 2, diff.undecided
    assert found > PAIRS // 3
    assert quiet > PAIRS // 10
