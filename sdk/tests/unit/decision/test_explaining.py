"""An explanation shows the rule, what it saw, and what would change its mind; that was tried, not guessed."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from holdfast.action import Estimate, Kind
from holdfast.decision import (
    Controls,
    Explanation,
    LabelNote,
    Outcome,
    Session,
    Situation,
    Verdict,
    decide,
    explain,
)

MONDAY_NOON_NS = (
    1_790_596_800_000_000_000 // 604_800_000_000_000 * 604_800_000_000_000 + (4 * 24 + 12) * 3600 * 10**9
)
CAP = (
    '@id("cap") @cure("approval:lead") @owner("finance")\n'
    'forbid (principal, action == Action::"refund", resource)\n'
    'when { context.args.amount > 50 } unless { context.approvals.contains("lead") };'
)


def explained(
    action: Any,
    bundle: Any,
    session: Session | None = None,
    *,
    origins: tuple[LabelNote, ...] = (),
    **given: Any,
) -> Explanation:
    ticks = iter(range(0, 1_000_000, 1_000))
    here = Situation(action, session or Session("s"), bundle, **given)
    decision = decide(action, here.session, bundle, tick=lambda: next(ticks), **given)
    return explain(decision, here, origins=origins)


def ways(told: Explanation) -> list[str]:
    return [one.text for one in told.would_pass_if]


def test_a_refusal_names_rule_place_text_and_cure(act: Any, compiled: Any) -> None:
    text = "\n".join(explained(act("refund", {"amount": 80}, chain=("boss",)), compiled(CAP)).lines)
    assert "ask, settled by the stage policy" in text
    assert "(rules.cedar:2:1)" in text
    assert "context.args.amount > 50" in text
    assert "Would pass if: lead approved this very call" in text
    assert "Would pass if: amount were at most 50" in text
    assert "Asked by: boss → ada" in text
    assert '"amount":80' in text
    assert "policy 1.0" in text


def test_programs_find_the_rule_its_version_its_inputs_and_who_keeps_it(act: Any, compiled: Any) -> None:
    told = explained(act("refund", {"amount": 80}), compiled(CAP))
    [rule], [keeper] = told.rules, told.who_may_change
    assert (rule.id, rule.source, rule.line, rule.category) == ("cap", "rules.cedar", 2, "policy")
    assert len(rule.version) == 12
    assert told.inputs == {"args.amount": 80, "approvals": []}
    assert (keeper.source, keeper.owner, keeper.roles) == ("rules.cedar", "finance", ("lead",))


def test_another_text_is_another_version(act: Any, compiled: Any) -> None:
    one = explained(act("refund", {"amount": 80}), compiled(CAP)).rules[0]
    other = explained(act("refund", {"amount": 80}), compiled(CAP.replace("50", "60"))).rules[0]
    assert one.version != other.version


def test_every_counterfactual_holds_when_it_is_tried(act: Any, compiled: Any) -> None:
    bundle = compiled(
        yaml="rules: [{threshold: {tool: refund, arg: amount, approve_over: 50, deny_over: 500,"
        " approver: lead}}]\n"
    )
    told = explained(act("refund", {"amount": 800}), bundle)
    assert told.verdict is Verdict.DENY
    assert ways(told) == [
        "amount were at most 50",
        "amount were at most 500, and lead approved this very call",
    ]
    assert decide(act("refund", {"amount": 50}), Session("s"), bundle).verdict is Verdict.ALLOW
    assert decide(act("refund", {"amount": 51}), Session("s"), bundle).verdict is Verdict.ASK
    approved = decide(act("refund", {"amount": 500}), Session("s"), bundle, approvals=frozenset({"lead"}))
    assert approved.verdict is Verdict.ALLOW


def test_a_decimal_threshold_is_found_too(act: Any, compiled: Any) -> None:
    bundle = compiled(yaml="rules: [{threshold: {tool: refund, arg: rate, deny_over: 0.5}}]\n")
    assert "rate were at most 0.5" in ways(explained(act("refund", {"amount": 1, "rate": 0.6}), bundle))


def test_a_derived_amount_leads_back_to_the_argument(act: Any, compiled: Any) -> None:
    bundle = compiled(yaml="rules: [{spend_limit: {deny_over: 100}}]\n")
    assert ways(explained(act("refund", {"amount": 140}), bundle)) == ["amount were at most 100"]


def test_an_allowed_domain_is_named_for_every_recipient_at_once(act: Any, compiled: Any) -> None:
    bundle = compiled(
        yaml="rules: [{external_recipients: {allowed_domains: [corp.example], otherwise: deny}}]\n"
    )
    told = explained(act("refund", {"amount": 1, "to": "a@evil.example, b@bad.example"}), bundle)
    assert "every recipient were at corp.example" in ways(told)


def test_arguments_outside_of_the_schema_are_explained_by_its_bounds(act: Any, compiled: Any) -> None:
    told = explained(act("refund", {"amount": 1, "color": "red"}), compiled())
    assert told.stage == "contract"
    assert "color were left out" in ways(told)


def test_unendorsed_values_are_shown_and_endorsing_them_is_a_way(act: Any, compiled: Any) -> None:
    session = Session("s")
    session.label("untrusted")
    origins = (LabelNote("untrusted", "ab" * 8, "read_mail"),)
    told = explained(act("refund", {"amount": 1, "to": "eve"}), compiled(), session, origins=origins)
    text = "\n".join(told.lines)
    assert "Chosen by nobody entitled: to=eve, amount=1" in text
    assert "untrusted (since step abababababababab, read_mail)" in text
    assert "the value of to, amount came from the person or from a trusted tool" in ways(told)
    assert "nothing untrusted had come into the session" in ways(told)
    assert not session.endorsed.holds("eve")
    assert session.labels == {"untrusted"}


def test_hours_that_would_do_are_named(act: Any, compiled: Any) -> None:
    bundle = compiled(yaml="rules: [{business_hours: {from: 9, to: 11}}]\n")
    told = explained(act(), bundle, now_ns=MONDAY_NOON_NS)
    assert ways(told) == ["it were Tuesday, 9:00 UTC"]


def test_fewer_calls_would_have_passed(act: Any, compiled: Any) -> None:
    bundle, session = compiled(yaml="detectors: {identical_calls: {limit: 2, verdict: deny}}\n"), Session("s")
    for _ in range(2):
        action = act("search", {"q": "x"})
        session.take(action, decision := decide(action, session, bundle))
        session.settle(action, decision, Outcome(result_digest="same"))
    told = explained(act("search", {"q": "x"}), bundle, session)
    assert told.verdict is Verdict.DENY
    assert "the calls before it were fewer, or had come to something new" in ways(told)


def test_a_smaller_estimate_fits_the_budget_to_the_micro_dollar(act: Any, compiled: Any) -> None:
    bundle = compiled(yaml="budgets: [{scope: session, usd: 0.5}]\n")
    action = act("x/y", kind=Kind.MODEL, estimate=Estimate(cost_micro_usd=600_000))
    told = explained(action, bundle)
    assert "its priced maximum were at most $0.500000" in ways(told)


def test_the_weakest_link_is_found(act: Any, compiled: Any) -> None:
    bundle = compiled(agents="agents: {ada: {}, intern: {tools: [search]}}\n")
    told = explained(act("refund", {"amount": 1}, chain=("intern",)), bundle)
    assert "it were not done for intern" in ways(told)


def test_a_missing_rule_is_written_down(act: Any, compiled: Any) -> None:
    told = explained(act(), compiled(permissive=False))
    assert ways(told) == ["a rule allowed it: allow_tools: {tools: [search]}"]


def test_a_kill_says_that_it_can_be_lifted(act: Any, compiled: Any) -> None:
    told = explained(act(), compiled(), controls=Controls(kills=frozenset({("agent", "ada")})))
    assert ways(told) == ["the kill were lifted"]
    assert "holdfast kill" in told.who_may_change[0].how


def test_what_is_allowed_needs_no_cure(act: Any, compiled: Any) -> None:
    told = explained(act(), compiled())
    assert told.headline == "Allowed: no rule objects."
    assert told.would_pass_if == ()


def test_what_does_not_count_yet_is_said_beside_what_does(act: Any, compiled: Any) -> None:
    told = explained(
        act("refund", {"amount": 80}), compiled(CAP.replace("@owner", '@enforce("warn") @owner'))
    )
    assert told.headline == "Allowed: no rule that counts objects."
    assert [(one.rule, one.verdict, one.level) for one in told.would] == [("cap", Verdict.ASK, "warn")]
    text = "\n".join(told.lines)
    assert "Does not count yet: cap, warn: ask." in text
    assert "Warned: cap:" in text
    assert "Changed" not in text


def test_explaining_changes_nothing(act: Any, compiled: Any) -> None:
    session = Session("s")
    session.label("untrusted")
    before = session.snapshot()
    explained(act("refund", {"amount": 80, "to": "eve"}), compiled(CAP), session)
    assert session.snapshot() == before


@pytest.mark.parametrize(
    "arguments", [{"amount": 1, "note": "x" * 50_000}, {f"k{n}": n for n in range(2_000)}]
)
def test_a_huge_call_is_explained_within_bounds(act: Any, compiled: Any, arguments: dict[str, Any]) -> None:
    told = explained(act("refund", arguments), compiled(CAP))
    assert len(told.would_pass_if) <= 8
    assert msgspec.json.encode(told)


def test_an_input_is_shown_as_the_number_it_is(act: Any) -> None:
    from holdfast.decision.cedar.values import Decimal
    from holdfast.decision.explaining import _plain  # pyright: ignore[reportPrivateUsage]  # the one that shows it

    assert _plain({"amount": Decimal(125_000), "of": [Decimal(5_000)], "n": 3}) == {
        "amount": 12.5,
        "of": [0.5],
        "n": 3,
    }
