"""The time machine: other policies, the same past."""

from __future__ import annotations

from typing import Any

import msgspec

from holdfast.decision import Outcome, Session, Verdict, decide
from holdfast.decision.backtest import Recorded, backtest

LIMIT = 'forbid (principal, action == Action::"refund", resource) when {{ context.args.amount > {} }};'


def record(act: Any, bundle: Any, amounts: list[int], *, tool: str = "refund") -> list[Recorded]:
    """What a real session would have left behind."""
    session, found = Session("s" * 32), list[Recorded]()
    session.endorse(f"refund {amounts}")
    for n, amount in enumerate(amounts):
        arguments = {"amount": amount} if tool == "refund" else {"q": f"{amount}"}
        action = msgspec.structs.replace(act(tool, arguments), id=f"{n:016x}", session=session.id)
        decision = decide(action, session, bundle, now_ns=n)
        outcome = (
            Outcome(result_digest=f"{n}", cost_micro_usd=5) if decision.verdict is Verdict.ALLOW else None
        )
        session.take(action, decision)
        if outcome is not None:
            session.settle(action, decision, outcome)
        rules = tuple(reason.rule for reason in decision.reasons)
        found.append(
            Recorded(action, decision.verdict, n, rules, ended_ns=n, outcome=outcome, cost_micro_usd=5)
        )
    return found


def test_a_stricter_draft_is_charged_with_what_it_refuses_and_what_that_cost(act: Any, compiled: Any) -> None:
    old, new = compiled(LIMIT.format(100)), compiled(LIMIT.format(50))
    found = backtest(record(act, old, [10, 60, 70, 200]), old, new)
    assert (found.actions, found.inexact) == (4, 0)
    (change,) = found.changed
    assert (change.agent, change.tool, change.before, change.after) == ("ada", "refund", "allow", "deny")
    assert (change.count, change.cost_micro_usd) == (2, 10)
    assert [one.arguments["amount"] for one in change.examples] == [60, 70]
    assert change.examples[0].reasons[0].category == "policy"


def test_a_looser_draft_shows_what_it_lets_pass_and_why_it_did_not(act: Any, compiled: Any) -> None:
    old, new = compiled(LIMIT.format(50)), compiled(LIMIT.format(100))
    (change,) = backtest(record(act, old, [60]), old, new).changed
    assert (change.before, change.after) == (Verdict.DENY, Verdict.ALLOW)
    assert change.examples[0].reasons[0].rule


def test_the_same_policies_change_nothing(act: Any, compiled: Any) -> None:
    bundle = compiled(LIMIT.format(50))
    assert backtest(record(act, bundle, [10, 60] * 20), bundle, bundle).changed == ()


def test_history_goes_on_as_it_went_whatever_the_draft_would_have_said(act: Any, compiled: Any) -> None:
    """A draft that would have refused the first call is not credited with the budget that this saves."""
    old = compiled(yaml="budgets: [{calls: 3}]\n")
    new = compiled(LIMIT.format(5), yaml="budgets: [{calls: 3}]\n")
    found = backtest(record(act, old, [9, 1, 2, 3]), old, new)
    assert [(one.before, one.after, one.count) for one in found.changed] == [("allow", "deny", 1)]


def test_what_a_call_brought_itself_is_no_past_of_its_own(act: Any, compiled: Any) -> None:
    """Of a call that ran, the labels are those that there were afterwards."""
    bundle = compiled()
    recorded = record(act, bundle, [60, 70])
    seen = [msgspec.structs.replace(one, labels=("untrusted",), unendorsed=("amount",)) for one in recorded]
    assert backtest(seen[:1], bundle, bundle).inexact == 0
    assert backtest(seen, bundle, bundle).inexact == 1, "the second came after it"


def test_what_the_policies_in_force_judge_otherwise_now_is_counted(act: Any, compiled: Any) -> None:
    old = compiled(LIMIT.format(50))
    recorded = record(act, compiled(), [60, 70])
    assert backtest(recorded, old, old).inexact == 2


def test_at_most_so_many_examples_are_kept(act: Any, compiled: Any) -> None:
    old, new = compiled(), compiled(LIMIT.format(5))
    (change,) = backtest(record(act, old, [10 + n for n in range(20)]), old, new, examples=2).changed
    assert (change.count, len(change.examples)) == (20, 2)


def test_a_tool_whose_rules_stay_is_still_held_to_what_changed_for_everyone(act: Any, compiled: Any) -> None:
    """Judging once where both say the same must not miss a budget, an agent or a flow that changed."""
    old = compiled(LIMIT.format(100), yaml="budgets: [{calls: 9}]\n")
    new = compiled(LIMIT.format(100), yaml="budgets: [{calls: 2}]\n")
    (change,) = backtest(record(act, old, [1, 2, 3]), old, new).changed
    assert (change.before, change.after, change.count) == (Verdict.ALLOW, Verdict.DENY, 1)


def test_a_draft_that_changes_one_tool_changes_no_other(act: Any, compiled: Any) -> None:
    old, new = compiled(LIMIT.format(100)), compiled(LIMIT.format(5))
    recorded = record(act, old, [10, 20]) + record(act, old, [10, 20], tool="search")
    assert [(one.tool, one.count) for one in backtest(recorded, old, new).changed] == [("refund", 2)]
