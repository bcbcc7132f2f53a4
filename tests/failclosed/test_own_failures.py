"""When a part of Holdfast itself fails, the action does not run, and the record says which part it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import holdfast
from holdfast.action import Action, Actor, Contract, Effect, Kind, canonicalise, digest
from holdfast.decision import Session, Source, Verdict, compile_bundle, decide
from holdfast.decision import plan as plans
from holdfast.decision.case import Part
from holdfast.decision.stages import STAGES
from holdfast.guard.guard import Guard
from holdfast.record import DecisionRecord, decode_leaf
from holdfast.record.ledger.reader import Reader

RULES = "agents: {'*': {}}\nrules: [{allow_agents: {}}, {allow_tools: {tools: ['*']}}]\n"
LOOK = Contract("look", effect=Effect.READ, reversible=True)
NAMES = tuple(name for name, _ in STAGES)


def broken(*_: Any, **__: Any) -> Any:
    raise RuntimeError("this part is broken")


def an_action() -> Action:
    plain, canonical = canonicalise({})
    return Action(
        "a" * 16, Kind.TOOL, Actor("ada"), "look", plain, canonical, digest("tool", "look", canonical),
        Effect.READ, "r" * 32, "s", "r" * 32,
    )  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_stage_that_raises_refuses_and_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    raising = tuple((one, (lambda *_: Part(broken)) if one == name else stage) for one, stage in STAGES)
    monkeypatch.setattr(plans, "STAGES", raising)
    bundle = compile_bundle([Source("rules.yaml", RULES)], contracts=[LOOK])
    decision = decide(an_action(), Session("s"), bundle)
    assert (decision.verdict, decision.stage) == (Verdict.DENY, f"error:{name}")
    assert decision.errors == (f"error:{name}",)


def test_without_a_broken_stage_the_same_action_is_allowed() -> None:
    bundle = compile_bundle([Source("rules.yaml", RULES)], contracts=[LOOK])
    assert decide(an_action(), Session("s"), bundle).verdict is Verdict.ALLOW


@pytest.fixture
def governed(govern: Callable[..., Guard]) -> tuple[Guard, Callable[[], str], list[int]]:
    guard, ran = govern(RULES), list[int]()

    @holdfast.tool(name="look", effect="read", reversible=True)
    def look() -> str:
        ran.append(1)
        return "seen"

    look()
    ran.clear()
    return guard, look, ran


PARTS: dict[str, Callable[[Guard], tuple[Any, str]]] = {
    "the session that remembers": lambda _: (Session, "take"),
    "the journal that records": lambda guard: (guard.journal, "decided"),
    "the ledger that proves": lambda guard: (guard.journal.ledger, "append"),
}


@pytest.mark.parametrize("part", PARTS)
def test_a_part_of_the_guard_that_raises_refuses(
    part: str, governed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard, look, ran = governed
    owner, name = PARTS[part](guard)
    monkeypatch.setattr(owner, name, broken)
    with pytest.raises(holdfast.Denied):
        look()
    assert ran == []


def test_a_decision_function_that_raises_refuses(governed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _, look, ran = governed
    monkeypatch.setattr("holdfast.guard.judging.decide", broken)
    with pytest.raises(holdfast.Denied, match="could not be checked"):
        look()
    assert ran == []


def test_explaining_what_judged_may_fail_without_harm(governed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    guard, look, ran = governed
    monkeypatch.setattr("holdfast.guard.keeping.KeptBundle.of", broken)
    guard.learn(Contract("another"))
    assert look() == "seen"
    assert ran == [1]


def test_a_failure_of_ours_is_in_the_ledger(
    governed: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _, look, _ = governed
    monkeypatch.setattr("holdfast.guard.judging.decide", broken)
    with pytest.raises(holdfast.Denied):
        look()
    [log] = (tmp_path / "data" / "ledger").iterdir()
    leaves = [decode_leaf(raw) for _, raw in Reader(log).records(0, 100)]
    refused = [leaf for leaf in leaves if isinstance(leaf, DecisionRecord) and leaf.verdict == "deny"]
    assert [(leaf.target, leaf.stage.partition(":")[0]) for leaf in refused] == [("look", "error")]
    assert refused[0].errors


def test_rules_that_cannot_be_used_leave_the_good_ones_in_force(governed: Any) -> None:
    guard, look, _ = governed
    before = guard.rules.bundle
    assert not guard.rules.replace([Source("rules.yaml", "rules: [{alow_tools: {}}]")], origin="here")
    assert guard.rules.bundle is before
    assert look() == "seen"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "agents: {}",
        "agents: {'*': {}}",
        "agents: {'*': {}}\nrules: []",
        "agents: {'*': {}}\nrules: [{allow_tools: {tools: [other]}}]",
        "agents: {somebody: {}}\nrules: [{allow_tools: {tools: ['*']}}]",
    ],
)
def test_silence_is_refusal_and_said_when_it_is_loaded(text: str) -> None:
    bundle = compile_bundle([Source("rules.yaml", text)], contracts=[LOOK])
    assert decide(an_action(), Session("s"), bundle).verdict is Verdict.DENY
    assert bundle.warnings or "somebody" in text
