"""Budgets hold what may be used, and give back what was not; labels never vanish."""

from __future__ import annotations

import json
from typing import Any

import pytest

from holdfast.action import Estimate, Kind
from holdfast.decision import Outcome, Session, Verdict, decide
from holdfast.decision.endorsement import Endorsed, leaves

MODEL = {"kind": Kind.MODEL}


def spend(act: Any, bundle: Any, session: Session, micro_usd: int | None, **given: Any) -> tuple[Any, Any]:
    action = act("openai/small", kind=Kind.MODEL, estimate=Estimate(100, 50, micro_usd), **given)
    decision = decide(action, session, bundle)
    session.take(action, decision)
    return action, decision


def test_what_is_held_counts_until_it_is_settled(act: Any, compiled: Any) -> None:
    bundle, session = compiled(yaml="budgets: [{usd: 1}]\n"), Session("s")
    first = spend(act, bundle, session, 600_000)
    assert (first[1].verdict, first[1].hold_micro_usd) == (Verdict.ALLOW, 600_000)
    assert spend(act, bundle, session, 600_000)[1].verdict is Verdict.DENY
    session.settle(*first, Outcome(cost_micro_usd=100_000, tokens_in=90, tokens_out=5))
    assert spend(act, bundle, session, 600_000)[1].verdict is Verdict.ALLOW
    assert (session.usage.micro_usd, session.usage.held_micro_usd) == (100_000, 600_000)


def test_a_denied_action_holds_nothing(act: Any, compiled: Any) -> None:
    bundle, session = compiled(yaml="budgets: [{usd: 1}]\n"), Session("s")
    _, decision = spend(act, bundle, session, 2_000_000)
    assert (decision.verdict, decision.stage, decision.hold_micro_usd) == (Verdict.DENY, "budget", 0)
    assert session.usage.held_micro_usd == session.usage.calls == 0


@pytest.mark.parametrize("status", ["refused", "cancelled", "halted"])
def test_what_did_not_run_gives_everything_back(act: Any, compiled: Any, status: str) -> None:
    bundle, session = compiled(yaml="budgets: [{usd: 1}]\n"), Session("s")
    session.settle(*spend(act, bundle, session, 900_000), Outcome(status))
    assert session.usage.micro_usd == session.usage.held_micro_usd == session.usage.held_tokens == 0


def test_using_more_than_was_held_is_owed(act: Any, compiled: Any) -> None:
    bundle, session = compiled(yaml="budgets: [{usd: 1}]\n"), Session("s")
    session.settle(*spend(act, bundle, session, 900_000), Outcome(cost_micro_usd=1_500_000))
    decision = spend(act, bundle, session, 1)[1]
    assert decision.verdict is Verdict.DENY
    assert "$1.5000 of $1.0000" in decision.message


def test_an_outcome_without_a_price_is_charged_what_was_held(act: Any, compiled: Any) -> None:
    session = Session("s")
    session.settle(*spend(act, compiled(), session, 700), Outcome(cost_micro_usd=None))
    assert session.usage.micro_usd == 700
    session.settle(*spend(act, compiled(), session, None), Outcome(cost_micro_usd=None))
    assert (session.usage.micro_usd, session.usage.unpriced) == (700, 1)


def test_settling_twice_counts_once(act: Any, compiled: Any) -> None:
    session = Session("s")
    taken = spend(act, compiled(), session, 700)
    for _ in range(2):
        session.settle(*taken, Outcome(cost_micro_usd=500))
    assert (session.usage.micro_usd, session.usage.held_micro_usd) == (500, 0)


def test_a_run_has_a_budget_inside_the_session(act: Any, compiled: Any) -> None:
    bundle = compiled(yaml="budgets: [{scope: session, calls: 3}, {scope: run, calls: 2, verdict: halt}]\n")
    session = Session("s")
    verdicts = [spend(act, bundle, session, 0, run=run)[1].verdict for run in ("a", "a", "a", "b", "b")]
    assert verdicts == [Verdict.ALLOW, Verdict.ALLOW, Verdict.HALT, Verdict.ALLOW, Verdict.DENY]


def test_tokens_are_a_unit_too(act: Any, compiled: Any) -> None:
    bundle, session = compiled(yaml="budgets: [{tokens: 299}]\n"), Session("s")
    assert spend(act, bundle, session, 0)[1].verdict is Verdict.ALLOW
    assert spend(act, bundle, session, 0)[1].verdict is Verdict.DENY


def test_labels_never_vanish_by_themselves() -> None:
    session = Session("s")
    session.label("pii")
    session.label("untrusted", "pii")
    assert (session.labels, session.label_names) == ({"pii", "untrusted"}, ("pii", "untrusted"))
    for n in range(200):
        session.label(f"label-{n}")
    assert {"pii", "untrusted"} <= session.labels
    assert len(session.labels) <= 65


def test_a_snapshot_is_plain_data(act: Any, compiled: Any) -> None:
    session = Session("s", person="ann")
    spend(act, compiled(), session, 700)
    shown = json.loads(json.dumps(session.snapshot()))
    assert (shown["id"], shown["person"], shown["usage"]["held_micro_usd"]) == ("s", "ann", 700)


@pytest.mark.parametrize(
    ("text", "value", "held"),
    [
        ("Send it to Ann@Corp.example.", "ann@corp.example", True),
        ("Pay $1,200.50 today", 1200.5, True),
        ("Pay 1200 today", "1,200.00", True),
        ("Pay 1200 today", 120, False),
        ("Give 50% off", 50, True),
        ("Book the Grand  Hotel", "grand hotel", True),
        ("Book the Grand. Hotel", "Grand Budapest Hotel", False),
        ("see https://corp.example/a?b=1", "https://corp.example/a", False),
        ("see https://corp.example/a?b=1", "https://corp.example/a?b=1", True),
        ("anything", "", True),
        ("anything", None, True),
        ("anything", "…", False),
    ],
)
def test_a_value_is_endorsed_when_it_was_said(text: str, value: Any, held: bool) -> None:
    endorsed = Endorsed()
    endorsed.add(text)
    assert endorsed.holds(value) is held


def test_phrases_do_not_grow_together_across_texts() -> None:
    endorsed = Endorsed()
    endorsed.add("transfer to ann")
    endorsed.add("smith is here")
    assert not endorsed.holds("ann smith")


def test_endorsement_is_bounded_and_then_asks() -> None:
    endorsed = Endorsed()
    for n in range(40):
        endorsed.add(" ".join(f"word-{n}-{m}" for m in range(1_000)))
    assert len(endorsed) <= 20_000
    assert not endorsed.holds("word-39-1")


def test_too_many_values_are_never_endorsed() -> None:
    assert list(leaves(list(range(500))))[-1] == "…"
