"""The whole of deciding, against what must hold for every input."""

from __future__ import annotations

import json
import random
from typing import Any

import cedarpy
import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.action import Action, Actor, Contract, Effect, Estimate, Kind, canonicalise, digest
from holdfast.decision import Bundle, Controls, Outcome, Session, Source, Verdict, compile_bundle, decide
from holdfast.decision.case import SILENT, Case, look_closer
from holdfast.decision.cedar import Permits
from holdfast.decision.gate import compile_view
from holdfast.decision.slices import Slices
from holdfast.decision.stages import STAGES
from holdfast.decision.stages.policy import FEW
from holdfast.decision.verdict import LOOSEST_FIRST
from holdfast.errors import Invalid

TOOLS = (
    Contract(
        "pay",
        parameters={
            "type": "object",
            "properties": {
                "amount": {"type": "integer"},
                "rate": {"type": "number"},
                "to": {"type": "string"},
                "tags": {"type": "array", "items": {"type": "string"}},
                "card": {"type": "object", "properties": {"pin": {"type": ["integer", "null"]}}},
                "dry": {"type": "boolean"},
            },
            "required": ["amount", "to"],
        },
        effect=Effect.SPEND,
        egress=True,
        critical=("to",),
        cost_micro_usd=10,
    ),
    Contract("look", effect=Effect.READ, reversible=True, open=True),
)
SETTINGS = """
agents: {ada: {roles: [worker]}, bob: {tools: [look]}}
budgets: [{usd: 0.001, calls: 6, tokens: 500}, {scope: run, usd: 0.0005, unpriced: allow}]
"""
CONDITIONS = (
    "context.args.amount > 50",
    'context.args.to like "*evil*"',
    'context.args has rate && context.args.rate.greaterThan(decimal("0.5"))',
    'context.args has tags && context.args.tags.contains("vip")',
    "context.args has card.pin && context.args.card.pin == 7",
    "context.args has dry && context.args.dry",
    "context.args.amount * 9223372036854775807 > 3",
    'context.labels.contains("untrusted")',
    'context.approvals.contains("lead")',
    'context.derived.recipient_domains.contains("evil.example")',
    'context.derived.amount.greaterThan(decimal("40.0"))',
    "context.hour > 11 && context.weekday < 6",
    "context.depth > 1",
    "context.calls > 2",
    "context.egress && context.irreversible",
    'context.environment == "production"',
    'principal.name == "ada" && principal in Role::"worker"',
    "resource.egress && resource.effect == \"spend\"",
    "context.estimate.tokens > 10",
    "context.estimate has micro_usd && context.estimate.micro_usd > 100",
)  # fmt: skip
ANNOTATIONS = ("", '@cure("approval:lead")', '@on("halt")', '@on("transform:clamp:amount:5")')
NOON_NS = 1_767_614_400_000_000_000
rank = LOOSEST_FIRST.index


def forbid(n: int, condition: str, annotation: str, *, effect: str = "forbid") -> str:
    head = f'@id("rule-{n}") {annotation if effect == "forbid" else ""}'
    return f'{head} {effect} (principal, action == Action::"pay", resource) when {{ {condition} }};'


def bundle_of(*rules: str) -> Bundle:
    base = '@id("open") permit (principal, action, resource);\n'
    sources = [Source("house.yaml", SETTINGS), Source("rules.cedar", base + "\n".join(rules), "cedar")]
    return compile_bundle(sources, contracts=TOOLS)


rules = st.lists(
    st.tuples(st.sampled_from(CONDITIONS), st.sampled_from(ANNOTATIONS)),
    max_size=4,
    unique_by=lambda one: one[0],
)
idle = [(f"context.depth > {n + 9}", "") for n in range(FEW)]
many_rules = st.one_of(rules, rules.map(lambda some: [*idle, *some]))
payments = st.fixed_dictionaries(
    {"amount": st.integers(-5, 100), "to": st.sampled_from(["ann@corp.example", "x@evil.example", ""])},
    optional={
        "rate": st.sampled_from([0, 0.25, 0.75, 2]),
        "tags": st.lists(st.sampled_from(["vip", "new"]), max_size=3),
        "card": st.fixed_dictionaries({}, optional={"pin": st.sampled_from([None, 7, 8])}),
        "dry": st.booleans(),
    },
)
misfits = st.fixed_dictionaries(
    {}, optional={"amount": st.sampled_from([1, 60, "many"]), "to": st.just("eve"), "more": st.just(1)}
)
sessions = st.builds(
    lambda tainted, said, calls: make_session(tainted=tainted, said=said, calls=calls),
    st.booleans(),
    st.sampled_from(["", "pay ann@corp.example"]),
    st.integers(0, 5),
)


def make_session(*, tainted: bool, said: str, calls: int) -> Session:
    session = Session("s" * 32)
    session.endorse(said)
    if tainted:
        session.label("untrusted")
    for n in range(calls):
        action = pay({"amount": 1, "to": f"{n}"}, step=f"before-{n}")
        session.take(action, decide(action, session, OPEN))
    return session


def pay(arguments: dict[str, Any], *, agent: str = "ada", step: str = "0" * 16, tokens: int = 0) -> Action:
    plain, canonical = canonicalise(arguments)
    actor = Actor(agent)
    return Action(
        id=step,
        kind=Kind.TOOL,
        actor=actor,
        target="pay",
        arguments=plain,
        canonical=canonical,
        digest=digest("tool", "pay", canonical),
        effect=Effect.SPEND,
        run="r" * 32,
        session="s" * 32,
        trace="r" * 32,
        chain=(actor,),
        estimate=Estimate(tokens, 0, 7),
    )


OPEN = bundle_of()


@given(rules, st.sampled_from(CONDITIONS), st.sampled_from(ANNOTATIONS), payments, sessions)
@settings(max_examples=150, deadline=None)
def test_one_more_forbid_never_loosens(
    some: Any, condition: str, annotation: str, given_: Any, session: Session
) -> None:
    texts = [forbid(n, *rule) for n, rule in enumerate(some)]
    action = pay(given_)
    before = decide(action, session, bundle_of(*texts), now_ns=NOON_NS)
    after = decide(action, session, bundle_of(*texts, forbid(99, condition, annotation)), now_ns=NOON_NS)
    # A clamp may lower the amount under another rule's threshold: that rule is met then, not loosened.
    if not before.obligations and not after.obligations:
        assert rank(after.verdict) >= rank(before.verdict)


controls = st.builds(
    Controls,
    kills=st.sampled_from([frozenset[Any](), frozenset({("agent", "eve")}), frozenset({("tool", "pay")})]),
    lease_ok=st.booleans(),
)
tokens = st.integers(0, 300)
estimates = st.builds(Estimate, tokens, tokens, st.sampled_from([None, 0, 7, 200, 900]))
askers = st.tuples(st.sampled_from(["ada", "bob", "eve"]), controls, estimates)


@given(rules, payments, sessions, askers)
@settings(max_examples=400, deadline=None)
def test_a_glance_never_passes_over_what_a_look_would_find(
    some: Any, given_: Any, session: Session, asker: Any
) -> None:
    agent, control, estimate = asker
    bundle = bundle_of(*(forbid(n, *rule) for n, rule in enumerate(some)))
    action = msgspec.structs.replace(pay(given_, agent=agent), estimate=estimate)
    case, before = (
        Case(action, session, control, NOON_NS, frozenset(), action.arguments, action.digest)
        for _ in range(2)
    )
    try:
        first = bundle.plan(action).glance(action, session, control, NOON_NS, frozenset())
    except Exception:  # whatever fails is looked at, from the first stage on
        return
    parts = [part for _, stage in STAGES if (part := stage(bundle.gate(action), bundle.terms))]
    assert [part.look(case) for part in parts[:first]] == [SILENT] * len(parts[:first])
    assert case == before


@given(many_rules, st.one_of(payments, misfits), sessions, askers, st.booleans())
@settings(max_examples=400, deadline=None)
def test_what_is_refused_at_once_is_what_looking_closer_refuses(
    some: Any, given_: Any, session: Session, asker: Any, again: bool
) -> None:
    agent, control, estimate = asker
    bundle = bundle_of(*(forbid(n, *rule) for n, rule in enumerate(some)))
    action = msgspec.structs.replace(pay(given_, agent=agent), estimate=estimate)
    if again:
        session.take(action, decide(action, session, bundle, controls=control, now_ns=NOON_NS))
    plan = bundle.plan(action)
    at_once = decide(action, session, bundle, controls=control, now_ns=NOON_NS)
    careful = msgspec.structs.replace(plan, refusals=tuple((name, look_closer) for name, _ in plan.refusals))
    bundle.plan = lambda _: careful  # type: ignore[method-assign]
    assert decide(action, session, bundle, controls=control, now_ns=NOON_NS) == at_once


@given(rules, payments, sessions)
@settings(max_examples=150, deadline=None)
def test_later_stages_only_tighten(some: Any, given_: Any, session: Session) -> None:
    """Whatever the stages before it say, the budget can only add a refusal, and a kill wins over all."""
    bundle = bundle_of(*(forbid(n, *rule) for n, rule in enumerate(some)))
    unlimited = bundle.with_contracts()
    unlimited.terms = msgspec.structs.replace(bundle.terms, limits=())
    action = pay(given_)
    assert rank(decide(action, session, bundle, now_ns=NOON_NS).verdict) >= rank(
        decide(action, session, unlimited, now_ns=NOON_NS).verdict
    )
    killed = Controls(kills=frozenset({("agent", "ada")}))
    assert decide(action, session, bundle, controls=killed, now_ns=NOON_NS).verdict is Verdict.HALT


@given(rules, st.lists(st.tuples(payments, st.sampled_from(["done", "failed", "refused"])), max_size=8))
@settings(max_examples=100, deadline=None)
def test_a_denied_call_holds_no_budget_and_every_hold_is_returned(some: Any, calls: Any) -> None:
    bundle, session = bundle_of(*(forbid(n, *rule) for n, rule in enumerate(some))), Session("s" * 32)
    for n, (arguments, status) in enumerate(calls):
        action = pay(arguments, step=f"{n}")
        before = session.usage.held_micro_usd
        decision = decide(action, session, bundle, now_ns=NOON_NS)
        session.take(action, decision)
        held = session.usage.held_micro_usd - before
        if decision.verdict in {Verdict.ALLOW, Verdict.TRANSFORM}:
            assert held == decision.hold_micro_usd == 17
            assert session.usage.micro_usd + session.usage.held_micro_usd <= 1_000
            session.settle(action, decision, Outcome(status, cost_micro_usd=0 if status == "refused" else 9))
        else:
            assert held == decision.hold_micro_usd == 0
        assert session.usage.held_micro_usd == session.usage.held_tokens == 0


garbage = (
    st.none() | st.integers() | st.text(max_size=5) | st.lists(st.none(), max_size=2) | st.just(object())
)


@given(garbage, garbage, garbage, st.data())
@settings(max_examples=300, deadline=None)
def test_whatever_is_handed_in_the_answer_is_a_decision(one: Any, two: Any, three: Any, data: Any) -> None:
    action: Any = pay({"amount": 1, "to": "x"})
    fields = {name: getattr(action, name) for name in Action.__struct_fields__}
    broken = data.draw(st.sampled_from(sorted(set(fields) - {"arguments"})))
    fields[broken] = one
    for odd in (one, Action(**fields)):
        decision = decide(odd, Session("s" * 32), OPEN, now_ns=NOON_NS)
        assert decision.verdict in Verdict
    assert decide(action, two, OPEN).verdict is Verdict.DENY
    assert decide(action, Session("s"), three).verdict is Verdict.DENY


SEED, SETS, CALLS = 20, 60, 40
"""60 bundles, 40 payments each: 2,400 requests through the contract-typed path."""


def stock_request(
    action: Action, session: Session, approvals: frozenset[str], bundle: Bundle
) -> dict[str, Any]:
    """The request as an auditor writes it down for stock Cedar, made without our projection."""
    given_ = action.arguments
    args: dict[str, Any] = {name: value for name, value in given_.items() if name != "card"}
    if "rate" in args:
        args["rate"] = {"__extn": {"fn": "decimal", "arg": f"{args['rate']:.4f}"}}
    if "card" in given_:
        args["card"] = {name: value for name, value in given_["card"].items() if value is not None}
    domains = [given_["to"].partition("@")[2]] if "@" in given_["to"] else []
    amount = {"__extn": {"fn": "decimal", "arg": f"{abs(given_['amount'])}.0"}}
    return {
        "principal": {"type": "Agent", "id": action.actor.agent},
        "action": {"type": "Action", "id": "pay"},
        "resource": {"type": "Tool", "id": "pay"},
        "context": {
            "args": args,
            "derived": {"recipient_domains": domains, "amount": amount, "url_hosts": [], "sql_verbs": []},
            "labels": sorted(session.labels),
            "approvals": sorted(approvals),
            "environment": "",
            "person": "",
            "depth": 1,
            "hour": 12,
            "weekday": 1,
            "irreversible": True,
            "egress": True,
            "calls": session.calls,
            "estimate": {"tokens": action.estimate.tokens_in, "micro_usd": 7},
        },
    }


ENTITIES = [
    {
        "uid": {"type": "Agent", "id": "ada"},
        "attrs": {"name": "ada", "owner": ""},
        "parents": [{"type": "Role", "id": "worker"}],
    },
    {"uid": {"type": "Role", "id": "worker"}, "attrs": {}, "parents": []},
    {
        "uid": {"type": "Tool", "id": "pay"},
        "attrs": {"name": "pay", "effect": "spend", "egress": True, "reversible": False, "environment": ""},
        "parents": [],
    },
]


def random_payment(dice: random.Random) -> dict[str, Any]:
    full = {
        "amount": dice.randrange(-5, 100),
        "to": dice.choice(["ann@corp.example", "x@evil.example", ""]),
        "rate": dice.choice([0, 0.25, 0.75, 2]),
        "tags": dice.sample(["vip", "new"], dice.randrange(3)),
        "card": dice.choice([{}, {"pin": None}, {"pin": 7}]),
        "dry": dice.random() < 0.5,
    }
    return {name: value for name, value in full.items() if name in {"amount", "to"} or dice.random() < 0.6}


def test_a_projected_request_is_judged_as_stock_cedar_judges_the_whole_one() -> None:
    """An auditor who replays a logged call with stock Cedar comes to the same policies."""
    dice, compared = random.Random(SEED), 0
    for _ in range(SETS):
        chosen = dice.sample(CONDITIONS, dice.randrange(1, 6))
        texts = [forbid(n, one, "", effect=dice.choice(["permit", "forbid"])) for n, one in enumerate(chosen)]
        sources = [Source("house.yaml", SETTINGS), Source("rules.cedar", "\n".join(texts), "cedar")]
        bundle = compile_bundle(sources, contracts=TOOLS)
        policies, session = cedarpy.PolicySet.from_str("\n".join(texts)), Session("s" * 32)
        if dice.random() < 0.5:
            session.label("untrusted")
        session.calls = dice.randrange(5)
        for _ in range(CALLS):
            action = pay(random_payment(dice), tokens=dice.randrange(20))
            approvals = frozenset(["lead"] if dice.random() < 0.5 else [])
            request = stock_request(action, session, approvals, bundle)
            stock = cedarpy.is_authorized(request, policies, json.dumps(ENTITIES))
            assert policy_names(bundle, action, session, approvals) == (
                stock.allowed,
                {f"rule-{reason.removeprefix('policy')}" for reason in stock.diagnostics.reasons},
                len(stock.diagnostics.errors),
            ), (texts, request)
            compared += 1
    assert compared == SETS * CALLS


def policy_names(
    bundle: Bundle, action: Action, session: Session, approvals: frozenset[str]
) -> tuple[bool, set[str], int]:
    """What our gate says, in the terms of stock Cedar."""
    gate, principal = bundle.gate(action), bundle.terms.directory.principal(action.actor.agent)
    assert gate is not None
    assert principal is not None

    class Moment:
        arguments = action.arguments
        now_ns = NOON_NS

    moment: Any = Moment()
    moment.action, moment.session, moment.approvals = action, session, approvals
    directory = bundle.terms.directory
    resource, ancestors = gate.resource, gate.resource_ancestors
    permits, forbids, failed = gate.judge(
        principal.entity, principal.ancestors, resource, ancestors, gate.project(moment), directory.world
    )
    allowed, named = bool(permits) and not forbids, {policy.id for policy in forbids or permits}
    seen = (principal.entity, principal.ancestors, resource, ancestors, directory.world)
    given_ = (action, action.arguments, session, approvals, NOON_NS)
    plainly = allowed and not failed
    assert is_seen_to_be_allowed(compile_view(gate), *seen, *given_) == plainly
    piece = Slices(gate, directory).cut(principal, action)
    assert (piece.resource, piece.ancestors) == (resource, ancestors)
    assert is_seen_to_be_allowed(piece.permits, *seen, *given_) == plainly
    return allowed, named, len(failed)


def is_seen_to_be_allowed(permits: Permits, *request: Any) -> bool:
    """What the view of the gate says, which makes no context; where a policy fails it must not say yes."""
    try:
        return permits(*request)
    except Exception:
        return False


UNUSUAL = (
    {"amount": 1.0, "to": "x"},
    {"amount": 2**63 - 1, "to": "x"},
    {"amount": None, "to": "x"},
    {"to": "x"},
    {"amount": "60", "to": 5},
    {"amount": True, "to": "x", "card": {"pin": "7"}},
    {"amount": 1, "to": "x", "rate": 0.123456},
    {"amount": 1, "to": "x", "tags": "vip"},
    {"amount": 1, "to": "x", "tags": [1], "dry": 0},
)
"""Arguments that a contract would refuse: a view must not let through what projecting them would stop."""
WHOLE = (
    "context.args == context.args",
    "context.derived == context.derived && !(context.args has rate)",
    "context has args && context.args has amount && context.args.amount == 1",
    "context == context",
    "context has environment && context.facts has code",
)  # fmt: skip


def test_a_view_lets_nothing_through_that_projecting_would_stop() -> None:
    dice, compared = random.Random(SEED), 0
    given_ = (*UNUSUAL, *(random_payment(dice) for _ in range(CALLS)))
    for condition in (*CONDITIONS, *WHOLE):
        bundle = bundle_of(forbid(1, condition, ""))
        for arguments in given_:
            action = pay(arguments)
            gate, principal = bundle.gate(action), bundle.terms.directory.principal("ada")
            assert gate is not None
            assert principal is not None
            case = Case(action, Session("s" * 32), Controls(), NOON_NS, frozenset(), action.arguments, "")
            who = (principal.entity, principal.ancestors, gate.resource, gate.resource_ancestors)
            world = bundle.terms.directory.world
            try:
                permits, forbids, failed = gate.judge(*who, gate.project(case), world)
                plain = bool(permits) and not forbids and not failed
            except (Invalid, ValueError):
                plain = False
            handed = (action, action.arguments, case.session, case.approvals, NOON_NS)
            assert is_seen_to_be_allowed(compile_view(gate), *who, world, *handed) == plain, (
                condition,
                arguments,
            )
            compared += 1
    assert compared == len(given_) * (len(CONDITIONS) + len(WHOLE))
