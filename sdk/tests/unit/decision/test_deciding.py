"""Each stage, in its order: what it refuses, what it says, and what it leaves alone."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast.action import Estimate, Kind
from holdfast.decision import Controls, Outcome, Session, Unattended, Verdict, decide

NOON_MONDAY_NS = 1_767_614_400_000_000_000  # 2026-01-05T12:00:00Z


def judge(action: Any, bundle: Any, session: Session | None = None, **given: Any) -> Any:
    return decide(action, session or Session("s" * 32), bundle, now_ns=NOON_MONDAY_NS, **given)


# kill and lease


@pytest.mark.parametrize(
    ("kill", "verdict"),
    [
        (("org", "*"), Verdict.HALT),
        (("agent", "ada"), Verdict.HALT),
        (("agent", "boss"), Verdict.HALT),
        (("session", "s" * 32), Verdict.HALT),
        (("run", "r" * 32), Verdict.HALT),
        (("tool", "search"), Verdict.DENY),
        (("tool", "refund"), Verdict.ALLOW),
        (("model", "search"), Verdict.ALLOW),
    ],
)
def test_a_kill_stops_exactly_what_it_names(
    act: Any, compiled: Any, kill: tuple[str, str], verdict: Verdict
) -> None:
    decision = judge(act(chain=("boss",)), compiled(), controls=Controls(kills=frozenset({kill})))
    assert decision.verdict is verdict
    assert decision.stage == ("kill" if verdict is not Verdict.ALLOW else "allow")


@pytest.mark.parametrize(
    ("unattended", "reading", "for_good"),
    [
        ("nothing", Verdict.DENY, Verdict.DENY),
        ("reading", Verdict.ALLOW, Verdict.DENY),
        ("reversible", Verdict.ALLOW, Verdict.DENY),
        ("everything", Verdict.ALLOW, Verdict.ALLOW),
    ],
)
def test_without_a_lease_the_setting_says_what_goes_on(
    act: Any, compiled: Any, unattended: Unattended, reading: Verdict, for_good: Verdict
) -> None:
    bundle, away = compiled(), Controls(lease_ok=False, unattended=unattended)
    assert judge(act("search"), bundle, controls=away).verdict is reading
    assert judge(act("refund", {"amount": 1}), bundle, controls=away).verdict is for_good


def test_a_halt_stays(act: Any, compiled: Any) -> None:
    bundle = compiled('@id("stop") @on("halt") forbid (principal, action == Action::"refund", resource);')
    session = Session("s" * 32)
    bad = act("refund", {"amount": 1})
    decision = judge(bad, bundle, session)
    assert (decision.verdict, decision.reasons[0].rule) == (Verdict.HALT, "stop")
    session.take(bad, decision)
    later = judge(act("search"), bundle, session)
    assert (later.verdict, later.stage, later.reasons[0].rule) == (Verdict.HALT, "kill", "stop")
    assert judge(act("search", run="q" * 32), bundle, session).verdict is Verdict.ALLOW


# identity and scope


def test_an_unknown_agent_is_told_the_next_step(act: Any, compiled: Any) -> None:
    decision = judge(act(agent="eve"), compiled(agents="agents: {ada: {}}\n"))
    assert (decision.verdict, decision.stage) == (Verdict.DENY, "identity")
    assert "agents: eve" in decision.reasons[0].cure


def test_authority_only_shrinks_along_delegation(act: Any, compiled: Any) -> None:
    bundle = compiled(agents="agents: {ada: {}, clerk: {tools: [search]}}\n")
    assert judge(act("refund", {"amount": 1}), bundle).verdict is Verdict.ALLOW
    through_clerk = judge(act("refund", {"amount": 1}, chain=("clerk",)), bundle)
    assert (through_clerk.verdict, through_clerk.stage) == (Verdict.DENY, "identity")
    assert "clerk" in through_clerk.message


def test_every_link_is_judged_and_the_weakest_is_named(act: Any, compiled: Any) -> None:
    bundle = compiled(
        'permit (principal in Role::"worker", action, resource);',
        agents="agents: {ada: {roles: [worker]}, guest: {}}\n",
        permissive=False,
    )
    assert judge(act(), bundle).verdict is Verdict.ALLOW
    decision = judge(act(chain=("guest",)), bundle)
    assert decision.verdict is Verdict.DENY
    assert decision.message.startswith("guest: ")


def test_a_chain_has_a_limit(act: Any, compiled: Any) -> None:
    decision = judge(act(chain=("ada",) * 9), compiled())
    assert (decision.verdict, decision.reasons[0].rule) == (Verdict.DENY, "holdfast:depth")


# contract


def test_an_unknown_tool_is_refused_with_the_next_step(act: Any, compiled: Any) -> None:
    decision = judge(act("serch"), compiled())
    assert (decision.verdict, decision.stage) == (Verdict.DENY, "contract")
    assert "@holdfast.tool" in decision.reasons[0].cure


@pytest.mark.parametrize(
    ("arguments", "path"),
    [({"amount": "ten"}, "$.amount"), ({}, "amount"), ({"amount": 1, "sneaky": 1}, "sneaky")],
)
def test_arguments_that_do_not_fit_name_the_path(act: Any, compiled: Any, arguments: Any, path: str) -> None:
    decision = judge(act("refund", arguments), compiled())
    assert (decision.verdict, decision.stage) == (Verdict.DENY, "contract")
    assert path in decision.message


# policy


def test_silence_is_refusal(act: Any, compiled: Any) -> None:
    decision = judge(act(), compiled(permissive=False))
    assert (decision.verdict, decision.reasons[0].rule) == (Verdict.DENY, "holdfast:silence")


def test_a_forbid_that_fails_counts_as_deny(act: Any, compiled: Any) -> None:
    bundle = compiled(
        '@id("sum") forbid (principal, action == Action::"refund", resource)'
        " when { context.args.amount + 9223372036854775807 > 5 };"
    )
    decision = judge(act("refund", {"amount": 1}), bundle)
    assert (decision.verdict, decision.errors) == (Verdict.DENY, ("error:sum",))


def test_a_permit_that_fails_is_only_noted(act: Any, compiled: Any) -> None:
    bundle = compiled(
        '@id("sum") permit (principal, action == Action::"refund", resource)'
        " when { context.args.amount + 9223372036854775807 > 5 };"
        'forbid (principal, action == Action::"refund", resource) when { context.args.amount > 100 };'
    )
    assert judge(act("refund", {"amount": 1}), bundle).verdict is Verdict.ALLOW


def test_an_approval_cures_and_only_the_right_one(act: Any, compiled: Any) -> None:
    bundle = compiled(
        yaml="rules: [{threshold: {tool: refund, arg: amount, approve_over: 50, approver: lead}}]\n"
    )
    action = act("refund", {"amount": 51})
    asked = judge(action, bundle)
    assert (asked.verdict, asked.roles) == (Verdict.ASK, ("lead",))
    assert judge(action, bundle, approvals=frozenset({"clerk"})).verdict is Verdict.ASK
    assert judge(action, bundle, approvals=frozenset({"lead"})).verdict is Verdict.ALLOW
    assert judge(act("refund", {"amount": 50}), bundle).verdict is Verdict.ALLOW


def test_two_roles_must_both_approve(act: Any, compiled: Any) -> None:
    rule = "rules: [{irreversible_in: {environment: production, approvers: [dba, lead]}}]\n"
    bundle = compiled(yaml=rule + "tools: {refund: {environment: production}}\n")
    action = act("refund", {"amount": 1})
    assert set(judge(action, bundle).roles) == {"dba", "lead"}
    assert judge(action, bundle, approvals=frozenset({"dba"})).roles == ("lead",)
    assert judge(action, bundle, approvals=frozenset({"dba", "lead"})).verdict is Verdict.ALLOW


def test_a_clamp_changes_what_runs_and_its_digest(act: Any, compiled: Any) -> None:
    bundle = compiled(yaml="rules: [{clamp: {tool: refund, arg: amount, max: 50}}]\n")
    action = act("refund", {"amount": 80, "to": "a"})
    decision = judge(action, bundle)
    assert decision.verdict is Verdict.TRANSFORM
    assert decision.arguments == {"amount": 50, "to": "a"}
    assert decision.obligations == ("clamp:amount:50",)
    assert decision.digest == act("refund", {"amount": 50, "to": "a"}).digest != action.digest
    assert action.arguments["amount"] == 80


def test_transformed_arguments_are_judged_again(act: Any, compiled: Any) -> None:
    rules = """rules:
  - clamp: {tool: refund, arg: amount, max: 50}
  - threshold: {tool: refund, arg: amount, deny_over: 40}
"""
    assert judge(act("refund", {"amount": 30}), compiled(yaml=rules)).verdict is Verdict.ALLOW
    assert judge(act("refund", {"amount": 80}), compiled(yaml=rules)).verdict is Verdict.DENY


def test_a_redaction_reaches_the_tool(act: Any, compiled: Any) -> None:
    bundle = compiled(yaml="rules: [{redact: {tool: refund, arg: note}}]\n")
    decision = judge(act("refund", {"amount": 1, "note": "card 4242"}), bundle)
    assert (decision.verdict, decision.arguments["note"]) == (Verdict.TRANSFORM, "[redacted]")
    assert judge(act("refund", {"amount": 1}), bundle).verdict is Verdict.ALLOW


def test_a_number_that_no_rule_can_judge_exactly_is_refused(act: Any, compiled: Any) -> None:
    bundle = compiled(yaml="rules: [{threshold: {tool: refund, arg: rate, deny_over: 0.5}}]\n")
    assert judge(act("refund", {"amount": 1, "rate": 0.4999}), bundle).verdict is Verdict.ALLOW
    assert judge(act("refund", {"amount": 1, "rate": 0.5001}), bundle).verdict is Verdict.DENY
    decision = judge(act("refund", {"amount": 1, "rate": 0.49999}), bundle)
    assert (decision.verdict, decision.reasons[0].rule) == (Verdict.DENY, "holdfast:arguments")
    assert "rate" in decision.message


def test_an_argument_left_out_does_not_slip_under_a_threshold(act: Any, compiled: Any) -> None:
    bundle = compiled(yaml="rules: [{threshold: {tool: refund, arg: rate, deny_over: 0.5}}]\n")
    assert judge(act("refund", {"amount": 1}), bundle).verdict is Verdict.DENY


# labels and endorsement


def tainted(*endorsed: str) -> Session:
    session = Session("s" * 32)
    session.label("untrusted")
    for text in endorsed:
        session.endorse(text)
    return session


def test_an_unendorsed_critical_value_asks_and_is_named(act: Any, compiled: Any) -> None:
    session = tainted("Refund 40 to ann@corp.example, please.")
    good, bad = {"amount": 40, "to": "ann@corp.example"}, {"amount": 40, "to": "eve@evil.example"}
    assert judge(act("refund", good), compiled(), session).verdict is Verdict.ALLOW
    decision = judge(act("refund", bad), compiled(), session)
    assert (decision.verdict, decision.stage, decision.roles) == (Verdict.ASK, "flow", ("owner",))
    assert decision.unendorsed == ("to=eve@evil.example",)
    assert "eve@evil.example" in decision.message


def test_an_untainted_session_is_left_alone(act: Any, compiled: Any) -> None:
    assert judge(act("refund", {"amount": 1, "to": "anyone"}), compiled()).verdict is Verdict.ALLOW


def test_a_tool_without_consequences_is_left_alone(act: Any, compiled: Any) -> None:
    assert judge(act("search", {"q": "x"}), compiled(), tainted()).verdict is Verdict.ALLOW


def test_an_approved_value_is_endorsed_for_the_session(act: Any, compiled: Any) -> None:
    session, bundle = tainted("40"), compiled()
    arguments = {"amount": 40, "to": "eve@evil.example"}
    action = act("refund", arguments)
    decision = judge(action, bundle, session, approvals=frozenset({"owner"}))
    assert decision.verdict is Verdict.ALLOW
    session.take(action, decision)
    assert judge(act("refund", arguments), bundle, session).verdict is Verdict.ALLOW


def test_results_carry_their_labels_and_trusted_ones_endorse(act: Any, compiled: Any) -> None:
    session, bundle = Session("s" * 32), compiled()
    for tool, text in (("directory", "ann@corp.example"), ("search", "eve@evil.example")):
        action = act(tool)
        decision = judge(action, bundle, session)
        session.take(action, decision)
        session.settle(action, decision, Outcome(result_text=text))
    assert session.labels == {"untrusted"}
    session.endorse("40")
    assert (
        judge(act("refund", {"amount": 40, "to": "ann@corp.example"}), bundle, session).verdict
        is Verdict.ALLOW
    )
    assert (
        judge(act("refund", {"amount": 40, "to": "eve@evil.example"}), bundle, session).verdict is Verdict.ASK
    )


# errors, timings, purity


def test_deciding_changes_nothing(act: Any, compiled: Any) -> None:
    session, bundle = tainted("40"), compiled()
    before = session.snapshot()
    for _ in range(3):
        judge(act("refund", {"amount": 41}), bundle, session)
    assert session.snapshot() == before


def test_an_allowed_action_is_judged_at_a_glance(act: Any, compiled: Any) -> None:
    ticks = iter(range(0, 1000, 10))
    session, bundle = Session("s" * 32), compiled()
    first = act("refund", {"amount": 1})
    session.take(first, judge(first, bundle, session))
    decision = judge(act("refund", {"amount": 2}), bundle, session, tick=lambda: next(ticks))
    assert (decision.verdict, decision.took_ns, decision.timings_ns) == (Verdict.ALLOW, 10, ())


@pytest.mark.parametrize(("arguments", "stage"), [({"amount": 41}, "policy"), ({"to": "eve"}, "contract")])
def test_what_is_plainly_refused_needs_no_look(
    act: Any, compiled: Any, arguments: dict[str, Any], stage: str
) -> None:
    ticks, session = iter(range(0, 1000, 10)), Session("s" * 32)
    rule = 'forbid (principal, action == Action::"refund", resource) when { context.args.amount > 40 };'
    action, bundle = act("refund", arguments), compiled(rule)
    decision = judge(action, bundle, session, tick=lambda: next(ticks))
    assert (decision.verdict, decision.stage) == (Verdict.DENY, stage)
    assert (decision.took_ns, decision.timings_ns, decision.hold_micro_usd) == (10, (), 0)
    # Asked for once more, a detector may have something to say as well.
    session.take(action, decision)
    assert [name for name, _ in judge(action, bundle, session, tick=lambda: next(ticks)).timings_ns] == [
        "glance", stage,
    ]  # fmt: skip


def test_timings_name_the_stages_that_were_looked_at_in_order(act: Any, compiled: Any) -> None:
    ticks = iter(range(0, 1000, 10))
    decision = judge(act("refund", {"amount": 41}), compiled(), tainted("40"), tick=lambda: next(ticks))
    assert decision.timings_ns == tuple((name, 10) for name in ("glance", "flow", "detector", "budget"))
    assert decision.took_ns == 40


def test_a_stage_that_fails_refuses_and_says_so(act: Any, compiled: Any) -> None:
    session = Session("s" * 32)
    session.holds = None  # type: ignore[assignment]  # a fault that no input can cause
    decision = judge(act(), compiled(), session)
    assert (decision.verdict, decision.stage) == (Verdict.DENY, "error:budget")
    assert decision.errors == ("error:budget",)


def test_models_and_delegations_are_judged_too(act: Any, compiled: Any) -> None:
    bundle = compiled(
        'forbid (principal, action == Action::"holdfast:model", resource in Provider::"openai");'
        'forbid (principal, action == Action::"holdfast:delegate", resource == Agent::"eve");'
    )
    assert judge(act("openai/small", kind=Kind.MODEL), bundle).verdict is Verdict.DENY
    assert judge(act("anthropic/small", kind=Kind.MODEL), bundle).verdict is Verdict.ALLOW
    assert judge(act("eve", kind=Kind.DELEGATE), bundle).verdict is Verdict.DENY
    assert judge(act("bob", kind=Kind.DELEGATE), bundle).verdict is Verdict.ALLOW


def test_business_hours_follow_the_clock_that_is_handed_in(act: Any, compiled: Any) -> None:
    bundle = compiled(yaml="rules: [{business_hours: {from: 9, to: 17}}]\n")
    hour = 3_600_000_000_000
    at = lambda shift: decide(act(), Session("s"), bundle, now_ns=NOON_MONDAY_NS + shift * hour)  # noqa: E731
    assert at(0).verdict is Verdict.ALLOW
    assert at(5).verdict is Verdict.DENY
    assert at(-48).verdict is Verdict.DENY


def test_an_unknown_price_does_not_fit_a_budget_in_usd(act: Any, compiled: Any) -> None:
    action = act("openai/new", kind=Kind.MODEL, estimate=Estimate(10, 10, None))
    strict = judge(action, compiled(yaml="budgets: [{usd: 1}]\n"))
    assert (strict.verdict, strict.reasons[0].rule) == (Verdict.DENY, "holdfast:unpriced")
    assert judge(action, compiled(yaml="budgets: [{usd: 1, unpriced: allow}]\n")).verdict is Verdict.ALLOW
