"""What every preset lets through, asks about and refuses: one table, judged through `decide`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from holdfast.action import Action, Actor, Contract, Effect, Estimate, Kind, canonicalise, digest
from holdfast.decision import Decision, Outcome, Session, Source, Verdict, compile_bundle, decide

FRIDAY_NOON_NS: Final = 1_784_289_600_000_000_000
"""2026-07-17T12:00:00Z."""
ANY: Final = {"type": "object", "properties": {}}
SETTINGS: Final = Source(
    "settings.yaml", "agents: {'*': {roles: [worker]}, ben: {}}\ndetectors: {person_resets: false}"
)
OPEN: Final = "permit (principal, action, resource);"


def tool(name: str, effect: Effect, *names: str, **said: Any) -> Contract:
    """A contract that takes text under these names."""
    known = {
        "amount": {"type": "integer"},
        "limit": {"type": "integer"},
        "ids": {"type": "array", "items": {"type": "string"}},
    }
    properties = {one: known.get(one, {"type": "string"}) for one in names}
    return Contract(name, parameters={"type": "object", "properties": properties}, effect=effect, **said)


TOOLS: Final = (
    tool("look", Effect.READ, "url", "path", "limit", "ids", "q", reversible=True),
    tool("query", Effect.READ, "sql", reversible=True),
    tool("note", Effect.WRITE, "text", "reason", reversible=True),
    tool("keep", Effect.WRITE, "text"),
    tool("mail", Effect.SEND, "to", "body", payload=("body",), egress=True),
    tool("refund", Effect.SPEND, "amount", "reason", "note", reversible=True),
    tool("shell", Effect.EXECUTE, "command", reversible=True),
    tool("run_code", Effect.EXECUTE, "code", "language", reversible=True),
    tool("drop_table", Effect.DESTROY, "reason"),
    tool("drop_prod", Effect.DESTROY, environment="production"),
    tool("mcp__github__issue", Effect.WRITE, reversible=True),
    tool("mcp__evil__issue", Effect.WRITE, reversible=True),
    Contract("raw", effect=Effect.READ, reversible=True),
    Contract("inferred", parameters=ANY, effect=Effect.READ, reversible=True, inferred=True),
)
"""Every tool that the cases use."""


class Case(NamedTuple):
    """One action under one rule, and what is to come of it."""

    settings: str
    """Of the preset; empty for its own example."""
    verdict: str
    target: str = "look"
    arguments: Mapping[str, Any] = {}
    kind: Kind = Kind.TOOL
    facts: Mapping[str, Any] | None = None
    labels: tuple[str, ...] = ()
    person: str = "ann"
    approvals: tuple[str, ...] = ()
    version: str = ""
    chain: tuple[str, ...] = ()
    agent: str = "ada"
    now_ns: int = FRIDAY_NOON_NS
    estimate: Estimate = Estimate()
    endorsed: str = ""
    before: int = 0
    """The same action so many times before."""
    failing: bool = False
    """Whether it failed each time."""


def compile_rule(preset: str, settings: str) -> Any:
    """A bundle in which everybody may do everything, and this one rule."""
    rule = Source("house.yaml", f"rules:\n  - {preset}: {settings}\n")
    return compile_bundle([SETTINGS, Source("open.cedar", OPEN, "cedar"), rule], contracts=TOOLS)


def make_action(case: Case, number: int = 0) -> Action:
    """The action of a case."""
    plain, canonical = canonicalise(dict(case.arguments))
    actor = Actor(case.agent, case.version)
    contract = next((one for one in TOOLS if one.tool == case.target), None)
    return Action(
        id=f"{number:016x}",
        kind=case.kind,
        actor=actor,
        target=case.target,
        arguments=plain,
        canonical=canonical,
        digest=digest(case.kind, case.target, canonical),
        effect=contract.effect if contract else Effect.READ,
        run="r" * 32,
        session="s" * 32,
        trace="r" * 32,
        chain=(*map(Actor, case.chain), actor),
        person=case.person,
        estimate=case.estimate,
        facts=case.facts,
    )


def judge(preset: str, case: Case, example: str) -> Decision:
    """Judge the action of a case under its rule."""
    bundle = compile_rule(preset, case.settings or example)
    session = Session("s" * 32)
    session.label(*case.labels)
    session.endorse(case.endorsed)
    for number in range(case.before):
        action = make_action(case, number)
        decision = decide(action, session, bundle, now_ns=case.now_ns)
        session.take(action, decision)
        if decision.verdict in {Verdict.ALLOW, Verdict.TRANSFORM}:
            status, error = ("failed", "Timeout") if case.failing else ("done", "")
            session.settle(action, decision, Outcome(status, error_class=error, result_digest="same"))
    action = make_action(case, case.before)
    return decide(action, session, bundle, now_ns=case.now_ns, approvals=frozenset(case.approvals))
