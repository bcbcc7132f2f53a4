"""An explanation shows the rule, what it saw, and what would change its mind."""

from __future__ import annotations

from typing import Any

from holdfast.decision import Session, decide, explain


def explained(action: Any, bundle: Any, session: Session | None = None) -> str:
    ticks = iter(range(0, 1_000_000, 1_000))
    decision = decide(action, session or Session("s"), bundle, tick=lambda: next(ticks))
    return "\n".join(explain(decision, bundle, action).lines)


def test_a_refusal_names_rule_place_text_and_cure(act: Any, compiled: Any) -> None:
    bundle = compiled(
        '@id("cap") @cure("approval:lead")\nforbid (principal, action == Action::"refund", resource)\n'
        'when { context.args.amount > 50 } unless { context.approvals.contains("lead") };'
    )
    text = explained(act("refund", {"amount": 80}, chain=("boss",)), bundle)
    assert "ask, settled by the stage policy" in text
    assert "(rules.cedar:2:1)" in text
    assert "context.args.amount > 50" in text
    assert "Would pass if: lead approved this very call" in text
    assert "Would pass if: amount were at most 50" in text
    assert "Asked by: boss → ada" in text
    assert '"amount":80' in text
    assert "policy 1.0" in text


def test_a_decimal_threshold_is_read_off_too(act: Any, compiled: Any) -> None:
    bundle = compiled(yaml="rules: [{threshold: {tool: refund, arg: rate, deny_over: 0.5}}]\n")
    assert "rate were at most 0.5" in explained(act("refund", {"amount": 1, "rate": 0.6}), bundle)


def test_unendorsed_values_are_shown(act: Any, compiled: Any) -> None:
    session = Session("s")
    session.label("untrusted")
    text = explained(act("refund", {"amount": 1, "to": "eve"}), compiled(), session)
    assert "Chosen by nobody entitled: to=eve, amount=1" in text
    assert "Labels: untrusted" in text


def test_what_is_allowed_needs_no_cure(act: Any, compiled: Any) -> None:
    text = explained(act(), compiled())
    assert "allow, settled by the stage allow" in text
    assert "Would pass" not in text
