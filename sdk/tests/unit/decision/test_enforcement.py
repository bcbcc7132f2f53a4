"""Levels of enforcement: a rule is watched before it warns, and warns before it holds."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast.decision import Session, Verdict, decide
from holdfast.decision.enforcement import Level, read_level, step_back
from holdfast.errors import PolicySyntaxError

FORBID = 'forbid (principal, action == Action::"refund", resource)'
OVER = f'@id("over") {{}} {FORBID} when {{{{ context.args.amount > 10 }}}};'


def at(level: str) -> str:
    return OVER.format(f'@enforce("{level}")')


def judge(bundle: Any, action: Any) -> Any:
    return decide(action, Session(action.session), bundle)


@pytest.mark.parametrize("level", ["shadow", "warn"])
def test_what_does_not_count_yet_lets_the_action_run_and_says_what_it_would_have_done(
    level: str, act: Any, compiled: Any
) -> None:
    decision = judge(compiled(at(level)), act("refund", {"amount": 11}))
    assert decision.verdict is Verdict.ALLOW
    assert [(one.rule, one.verdict, one.level) for one in decision.would] == [("over", Verdict.DENY, level)]
    warned = any(one.startswith("warn:over:") for one in decision.obligations)
    assert warned is (level == "warn")


def test_a_rule_that_would_not_have_spoken_is_not_noted(act: Any, compiled: Any) -> None:
    assert judge(compiled(at("shadow")), act("refund", {"amount": 9})).would == ()


def test_a_watched_rule_does_not_soften_another(act: Any, compiled: Any) -> None:
    other = f"{FORBID} when {{ context.args.amount > 5 }};"
    decision = judge(compiled(at("shadow"), other), act("refund", {"amount": 11}))
    assert decision.verdict is Verdict.DENY
    assert [one.rule for one in decision.would] == ["over"]


def test_a_watched_rule_that_fails_refuses_nothing(act: Any, compiled: Any) -> None:
    fails = f'@id("sum") @enforce("shadow") {FORBID}'
    bundle = compiled(f"{fails} when {{ context.args.amount + 9223372036854775807 > 5 }};")
    decision = judge(bundle, act("refund", {"amount": 1}))
    assert decision.verdict is Verdict.ALLOW
    assert [one.rule for one in decision.would] == ["sum"]


def test_a_sampled_rule_holds_for_its_share_of_the_runs_and_for_a_whole_run() -> None:
    level = Level("sample", 25)
    runs = [f"{n:032x}" for n in range(2_000)]
    held = sum(level.holds("over", run) for run in runs)
    assert 400 < held < 600
    assert all(level.holds("over", run) == level.holds("over", run) for run in runs)
    assert sum(level.holds("over", run) and level.holds("other", run) for run in runs) < held / 2


def test_a_preset_has_a_level_too(act: Any, compiled: Any) -> None:
    yaml = "rules: [{threshold: {tool: refund, arg: amount, deny_over: 10, enforce: shadow}}]\n"
    decision = judge(compiled(yaml=yaml), act("refund", {"amount": 11}))
    assert decision.verdict is Verdict.ALLOW
    assert [one.level for one in decision.would] == ["shadow"]


def test_what_a_file_says_of_a_rule_goes_before_its_own_level(act: Any, compiled: Any) -> None:
    bundle = compiled(at("enforce"), yaml="enforcement: {over: shadow}\n")
    assert judge(bundle, act("refund", {"amount": 11})).verdict is Verdict.ALLOW
    assert bundle.hash != compiled(at("enforce")).hash


@pytest.mark.parametrize(
    ("cedar", "yaml", "message"),
    [
        (at("shadwo"), "", "@enforce must read"),
        (at("sample:0"), "", "@enforce must read"),
        ('@enforce("shadow") permit (principal, action, resource);', "", "belongs on a forbid"),
        (at("enforce"), "enforcement: {ovr: shadow}\n", "there is no rule ovr"),
        (at("enforce"), "enforcement: {over: sometimes}\n", "a rule's level is"),
    ],
)
def test_a_level_that_cannot_be_is_an_error_with_its_place(
    cedar: str, yaml: str, message: str, compiled: Any
) -> None:
    with pytest.raises(PolicySyntaxError) as found:
        compiled(cedar, yaml=yaml)
    assert message in str(found.value)
    assert found.value.line


def test_a_level_steps_back_until_it_is_only_watched() -> None:
    assert [str(step_back(read_level(text))) for text in ("enforce", "sample:25", "warn", "shadow")] == [
        "warn", "warn", "shadow", "shadow",
    ]  # fmt: skip


def test_a_preset_that_sets_another_mechanism_up_has_no_level(compiled: Any) -> None:
    with pytest.raises(PolicySyntaxError, match="levels of its own"):
        compiled(yaml="rules: [{budget: {usd: 5, enforce: shadow}}]\n")
